import type { SocketAddress } from '../../../codecs/net/index.js';
import { type HttpServer, serveHttp } from '../../../codecs/node/monitoring/http-server.js';
import type { UplinkStatus } from '../uplink-options.js';
import { createHistory, type History } from './history.js';
import { PAGE, PAGE_HEADERS } from './page.js';
import { reportOf, totalsOf } from './report.js';

/** Milliseconds between two looks at the rate, for the last hour and for the last half minute. */
const LOOKS = { hour: 15_000, late: 1000 };

/**
 * Serves one page on what is on the air, which keeps itself up to date, and the same as JSON at /status.json.
 *
 * @throws CliError when the address is taken or is none of this machine, or another error of the operating system
 */
export async function serveStatus(status: () => UplinkStatus, at: SocketAddress): Promise<HttpServer> {
  const since = Date.now();
  const hour = createHistory(3_600_000 / LOOKS.hour + 1);
  const late = createHistory(30_000 / LOOKS.late + 1);
  const look = (history: History) => history.add(performance.now(), totalsOf(status()));
  const server = await serveHttp(at, '--status', (request, response) => {
    if (request.url === '/') response.writeHead(200, PAGE_HEADERS).end(PAGE);
    else if (request.url === '/status.json') {
      const report = reportOf(status(), { hour, late }, { now: Date.now(), since });
      const headers = { ...PAGE_HEADERS, 'Content-Type': 'application/json' };
      response.writeHead(200, headers).end(JSON.stringify(report));
    } else response.writeHead(404).end('The page is at /.\n');
  });
  look(hour);
  look(late);
  const timers = [setInterval(() => look(hour), LOOKS.hour), setInterval(() => look(late), LOOKS.late)];
  return {
    origin: server.origin,
    close() {
      for (const timer of timers) clearInterval(timer);
      return server.close();
    },
  };
}
