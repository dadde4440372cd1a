/** Engines that tell a clock when they work, so that their work takes the time it takes and everything else none. */
import type { Work } from './lapse-clock.ts';

/**
 * The same engines, counted: an engine works from a call of any of its methods until the returned promise is settled, and
 * where it gives pieces one after the other, until the last one, asked for or not: the worker threads do not wait for their
 * reader either. What is set on the result afterwards is left as it is.
 */
export function busyEngines<T extends object>(engines: T, work: Work): T {
  const added = new Map<PropertyKey, unknown>();
  const known = new WeakMap<object, object>();
  const engine = (value: object): object => {
    const proxy = known.get(value) ?? counted(value, work, (inner) => inner);
    known.set(value, proxy);
    return proxy;
  };
  const isEngine = (value: unknown): value is object => typeof value === 'object' && value !== null;
  return new Proxy(engines, {
    get: (of, key) => {
      if (added.has(key)) return added.get(key);
      const value: unknown = Reflect.get(of, key, of);
      if (typeof value === 'function')
        return method(of, value, work, (inner) => (isEngine(inner) ? engine(inner) : inner));
      return isEngine(value) ? engine(value) : value;
    },
    set: (_, key, value: unknown) => {
      added.set(key, value);
      return true;
    },
  });
}

/** Methods and getters see the object itself: a proxy has none of its private fields. */
function counted<T extends object>(target: T, work: Work, onResult: (value: unknown) => unknown): T {
  return new Proxy(target, {
    get: (of, key) => {
      const value: unknown = Reflect.get(of, key, of);
      return typeof value === 'function' ? method(of, value, work, onResult) : value;
    },
  });
}

function method(of: object, run: object, work: Work, onResult: (value: unknown) => unknown) {
  return (...args: unknown[]): unknown => {
    work.begin();
    let result: unknown;
    try {
      result = Reflect.apply(run as (...args: unknown[]) => unknown, of, args);
    } catch (error) {
      work.end();
      throw error;
    }
    if (isPromise(result)) return result.finally(() => work.end());
    work.end();
    return isStream(result) ? readAhead(result, work) : onResult(result);
  };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* readAhead(source: AsyncIterable<unknown>, work: Work): AsyncGenerator {
  const ready: unknown[] = [];
  const iterator = source[Symbol.asyncIterator]();
  let outcome: { readonly error?: unknown } | undefined;
  let wake = Promise.withResolvers<undefined>();
  const drain = async (): Promise<void> => {
    work.begin();
    try {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        ready.push(next.value);
        wake.resolve(undefined);
      }
      outcome = {};
    } catch (error) {
      outcome = { error };
    }
    work.end();
    wake.resolve(undefined);
  };
  void drain();
  try {
    for (;;) {
      while (ready.length > 0) yield ready.shift();
      // Told by the drain in between, which the compiler does not see.
      const ended = outcome as { readonly error?: unknown } | undefined;
      if (ended && 'error' in ended) throw ended.error;
      if (ended) return;
      wake = Promise.withResolvers();
      await wake.promise;
    }
  } finally {
    // Not awaited: it waits behind the piece that is being made.
    if (!outcome) iterator.return?.().catch(() => undefined);
  }
}
