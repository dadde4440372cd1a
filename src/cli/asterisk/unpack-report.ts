import type { Terminal } from '../terminal.ts';
import type { UnpackEvent } from './unpack.ts';

/** Tells a person what the first start with Asterisk is waiting for; nothing when it is unpacked already. */
export function reportUnpacking(terminal: Terminal): (event: UnpackEvent) => void {
  let isAnnounced = false;
  return (event) => {
    switch (event.kind) {
      case 'waiting':
        terminal.line('Another command is fetching Asterisk; waiting for it …');
        return;
      case 'looking-up':
        return;
      case 'fetching':
        terminal.line(`Fetching Asterisk ${event.version} from Debian (80 MB, unpacked privately, not installed) …`);
        return;
      case 'unpacking':
        if (!isAnnounced) terminal.line(`Unpacking ${event.total} packages …`);
        isAnnounced = true;
    }
  };
}
