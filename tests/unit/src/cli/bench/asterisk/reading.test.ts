import { expect, it } from 'vitest';
import { loopDelayIn } from '#src/cli/bench/asterisk/crowd.ts';
import { priorityOf } from '#src/cli/bench/asterisk/jitter-buffer.ts';

it('reads the delay of the event loop out of the metrics', () => {
  const metrics = [
    '# TYPE inzwa_event_loop_delay_seconds gauge',
    'inzwa_event_loop_delay_seconds{quantile="0.5"} 0.0001',
    'inzwa_event_loop_delay_seconds{quantile="0.99"} 0.0045',
    'inzwa_event_loop_delay_seconds{quantile="1"} 0.02',
  ].join('\n');
  expect(loopDelayIn(metrics, '0.99')).toBeCloseTo(4.5);
  expect(loopDelayIn(metrics, '1')).toBeCloseTo(20);
  expect(loopDelayIn('', '1')).toBeUndefined();
});

it('finds the line of the dialplan that sets the jitter buffer', () => {
  const shown = [
    "[ Context 'inzwa-attach' created by 'pbx_config' ]",
    "  's' =>            1. NoOp(Inzwa takes call ${INZWA_CALL})       [extensions.conf:47]",
    '                    2. Set(TIMEOUT(absolute)=${INZWA_LONGEST})    [extensions.conf:48]',
    '                    3. Set(JITTERBUFFER(adaptive)=default)        [extensions.conf:49]',
    '     [attach]       9. Set(SHARED(INZWA_NEXT)=)                   [extensions.conf:55]',
  ].join('\n');
  expect(priorityOf(shown)).toBe(3);
  const conditional =
    '   14. ExecIf($["${INZWA_WIRE}" = "alaw"]?Set(JITTERBUFFER(adaptive)=200,1000,20)) [extensions.conf:52]';
  expect(priorityOf(conditional)).toBe(14);
  expect(priorityOf('There is no existence of inzwa-attach context')).toBeUndefined();
});
