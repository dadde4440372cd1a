import { expect, it } from 'vitest';
import { userName } from '#src/cli/actor.ts';

it('calls a user by their name, and one without an entry in passwd by their number', () => {
  expect(userName(() => ({ username: 'chipo' }))).toBe('chipo');
  const unknown = (): never => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
  };
  expect(userName(unknown, 1234)).toBe('uid 1234');
  expect(userName(unknown, undefined)).toMatch(/^uid \S+$/);
});
