import type { FastifyReply } from 'fastify';
import type { ErrorCode } from '#kernel/errors.ts';

/** An answer a program can act upon: the code, and a sentence for whoever reads the log of the other side. */
export function refuse(reply: FastifyReply, status: number, code: ErrorCode, message: string): FastifyReply {
  return reply.code(status).send({ code, message });
}
