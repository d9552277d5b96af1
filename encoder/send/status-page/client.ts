import type { BundleReport, StatusReport } from './report.js';

/**
 * Runs in the browser: its text is a part of the page, so it uses nothing from outside itself. Whatever the uplink says becomes
 * text of elements and never HTML.
 */
export function client(): void {
  const INTERVAL = 2000;
  const SVG = 'http://www.w3.org/2000/svg';
  const root = document.querySelector('main')!;
  let last: StatusReport | undefined;

  const element = (tag: string, className: string, ...children: (Node | string)[]): HTMLElement => {
    const made = document.createElement(tag);
    if (className !== '') made.className = className;
    made.append(...children);
    return made;
  };

  const bits = (rate: number): string => {
    const [value, unit] = rate >= 1e6 ? [rate / 1e6, 'Mbit/s'] : [rate / 1e3, 'kbit/s'];
    return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
  };
  const count = (value: number, one: string) =>
    `${value.toLocaleString('en-US')} ${one}${value === 1 ? '' : 's'}`;
  const time = (seconds: number): string => {
    if (seconds < 90) return count(Math.max(0, Math.round(seconds)), 'second');
    if (seconds < 5400) return count(Math.round(seconds / 60), 'minute');
    if (seconds < 172_800) return count(Math.round(seconds / 3600), 'hour');
    return count(Math.round(seconds / 86_400), 'day');
  };
  const date = (unix: number) => new Date(unix).toISOString().slice(0, 16).replace('T', ' ');

  /** An area under a line, of values from 0 to `top`. */
  const chart = (values: readonly number[], top: number, label: string): Node => {
    const svg = document.createElementNS(SVG, 'svg');
    const set = (on: Element, attributes: Record<string, string>) => {
      for (const [name, value] of Object.entries(attributes)) on.setAttribute(name, value);
    };
    set(svg, { viewBox: '0 0 240 60', preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
    const points = values.map((value, i) => {
      const x = values.length === 1 ? 240 : (240 * i) / (values.length - 1);
      return `${x.toFixed(1)},${(58 - 56 * Math.min(1, top > 0 ? value / top : 0)).toFixed(1)}`;
    });
    if (points.length > 0) {
      const area = document.createElementNS(SVG, 'polygon');
      set(area, {
        class: 'area',
        points: `0,60 ${points.length === 1 ? `0,${points[0]!.split(',')[1]} ` : ''}${points.join(' ')} 240,60`,
      });
      const line = document.createElementNS(SVG, 'polyline');
      set(line, {
        class: 'line',
        points: points.length === 1 ? `0,${points[0]!.split(',')[1]} ${points[0]}` : points.join(' '),
      });
      svg.append(area, line);
    }
    return svg;
  };

  const tile = (label: string, value: string, note: string, isBad = false) =>
    element(
      'div',
      isBad ? 'tile bad' : 'tile',
      element('h2', '', label),
      element('p', 'value', value),
      element('p', 'note', note),
    );

  const bar = (share: number, label: string): Node => {
    const progress = document.createElement('progress');
    progress.max = 1;
    progress.value = share;
    progress.setAttribute('aria-label', label);
    return progress;
  };

  const row = (label: string, value: string): Node =>
    element('div', 'row', element('dt', '', label), element('dd', '', value));

  const bundleCard = (bundle: BundleReport, now: number): Node => {
    const { silentUntil, passDone, passLeft, left, edition, sequence } = bundle;
    const isSilent = silentUntil !== undefined;
    const rows = [
      row('Edition', sequence === undefined ? 'being packed' : `${sequence}`),
      row('Dated', edition === undefined ? 'not known' : `${date(edition)} UTC`),
      row('Age', edition === undefined ? 'not known' : time((now - edition) / 1000)),
      row('Parts', `${bundle.parts.toLocaleString('en-US')}, ${bundle.changed.toLocaleString('en-US')} new`),
      row('Rate', bits(bundle.rate)),
      row('Time left', left === undefined ? 'sent without end' : time(left)),
    ];
    const state = isSilent
      ? `waits, next pass in ${time((silentUntil - now) / 1000)}`
      : `pass ${bundle.pass.toLocaleString('en-US')}, ${Math.floor(100 * passDone)} %${passLeft === undefined ? '' : `, ${time(passLeft)} left`}`;
    const top = Math.max(...bundle.history, 1);
    return element(
      'article',
      isSilent ? 'card waits' : 'card',
      element('h3', '', bundle.name),
      element('p', 'state', state),
      bar(isSilent ? 0 : passDone, `pass of ${bundle.name}`),
      element('dl', '', ...rows),
      element('div', 'spark', chart(bundle.history, top, `rate of ${bundle.name} over the last hour`)),
    );
  };

  const problemsPart = ({ problems, now }: StatusReport): Node[] => {
    if (problems.length === 0) return [];
    const items = problems.map(({ bundle, message, since }) =>
      element(
        'li',
        '',
        element('strong', '', bundle === undefined ? 'Uplink' : bundle),
        element('span', '', message),
        element('small', '', `for ${time((now - since) / 1000)}`),
      ),
    );
    return [
      element(
        'section',
        'problems',
        element('h2', '', count(problems.length, 'problem')),
        element('ul', '', ...items),
      ),
    ];
  };

  const show = (report: StatusReport): void => {
    const { now, since, rate, measured, bundles, problems, packing } = report;
    const days = Math.floor((report.certificateEnd - now) / 86_400_000);
    const isOnAir = bundles.length > 0;
    const words = isOnAir ? 'On the air' : 'Nothing on the air';
    const wrong = problems.length > 0 ? count(problems.length, 'problem') : undefined;
    const hour = `over the last ${time(Math.max(60, report.historySpan / 1000))}`;
    root.replaceChildren(
      element(
        'header',
        '',
        element('h1', '', 'datacast uplink'),
        element('p', isOnAir ? 'pill good' : 'pill', words),
        ...(wrong === undefined ? [] : [element('p', 'pill bad', wrong)]),
        element(
          'p',
          'where',
          `${report.destinations.join(', ')}, session ${report.tsi}, for ${time((now - since) / 1000)}`,
        ),
      ),
      ...problemsPart(report),
      element(
        'section',
        'tiles',
        tile(
          'Rate',
          bits(measured),
          `of ${bits(rate)}`,
          isOnAir && measured < 0.9 * rate && report.history.length > 8,
        ),
        tile(
          'Datagrams',
          report.datagrams.toLocaleString('en-US'),
          report.refused > 0 ? `${report.refused.toLocaleString('en-US')} refused` : 'none refused',
          report.refused > 0,
        ),
        tile(
          'Lost airtime',
          `${report.lostAirtime.toFixed(1)} s`,
          'packets that could not leave in time',
          report.lostAirtime > 60,
        ),
        tile(
          'Certificate',
          days < 0 ? 'ended' : count(days, 'day'),
          `until ${date(report.certificateEnd).slice(0, 10)}`,
          days < 30,
        ),
      ),
      element(
        'section',
        'hour',
        element('h2', '', `Rate ${hour}`),
        element('div', 'chart', chart(report.history, Math.max(rate, ...report.history), `rate ${hour}`)),
        element('p', 'note', `Full height is ${bits(Math.max(rate, ...report.history))}.`),
      ),
      element(
        'section',
        'bundles',
        element('h2', '', count(bundles.length, 'bundle')),
        ...(packing === undefined
          ? []
          : [
              element('p', 'packing', `Packing ${packing.bundle}, ${Math.floor(100 * packing.share)} %`),
              bar(packing.share, 'packing'),
            ]),
        element('div', 'cards', ...bundles.map((bundle) => bundleCard(bundle, now))),
      ),
    );
    document.title = `${wrong ?? words}, datacast uplink`;
  };

  const note = document.querySelector('#connection')!;
  const look = async () => {
    try {
      const response = await fetch('status.json', { cache: 'no-store' });
      if (!response.ok) throw new Error(`${response.status}`);
      last = (await response.json()) as StatusReport;
      show(last);
      note.textContent = '';
    } catch {
      const since = last === undefined ? '' : ` since ${date(last.now)} UTC`;
      note.textContent = `The uplink has not answered${since}. What stands below is old.`;
    }
    setTimeout(look, INTERVAL);
  };
  void look();
}
