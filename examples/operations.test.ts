import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadPromClient } from '../codecs/node/monitoring/prom-client.js';
import { createMetrics as createUplinkMetrics } from '../encoder/send/monitoring/metrics.js';
import { type Program, ROOT, runProgram } from '../fixtures/job.js';
import { requireTool } from '../fixtures/tools.js';
import { createCounters } from '../receiver/engine/ports/events.js';
import { createMetrics as createListenMetrics } from '../receiver/live/metrics.js';

/** What docs/monitoring and docs/service tell operators to install. */

const MONITORING = join(ROOT, 'docs', 'monitoring');
const SERVICE = join(ROOT, 'docs', 'service');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

describe('monitoring', () => {
  it('has rules and a configuration that Prometheus takes, and that wake people when they should', (context) => {
    if (!requireTool('promtool', context)) return;
    const promtool = (...args: string[]) =>
      spawnSync('promtool', args, { cwd: MONITORING, encoding: 'utf8' });
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      expect(status, stdout + stderr).toBe(0);
    }
  });

  it('asks for metrics that there are, in rules and dashboard', async () => {
    const promClient = await loadPromClient();
    const uplink = createUplinkMetrics(promClient, () => ({ flows: [], problems: [] }) as never);
    const listen = createListenMetrics(
      promClient,
      () => ({ counters: createCounters(), bundles: [] }) as never,
    );
    const known = [uplink, listen].flatMap((registry) =>
      registry.getMetricsAsArray().map(({ name }) => name),
    );
    const alerts = read(MONITORING, 'alerts.yml');
    const asked = [...`${alerts}${read(MONITORING, 'dashboard.json')}`.matchAll(/\bdatacast_\w+/g)].map(
      String,
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((name) => !known.includes(name))).toEqual([]);
    // each rule says what to do
    const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    const advice = read(MONITORING, 'README.md');
    expect(names.filter((name) => !advice.includes(`\`${name}\``))).toEqual([]);
  });

  it('has a dashboard in which no panel stands on another', () => {
    const { panels } = JSON.parse(read(MONITORING, 'dashboard.json'));
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), title).toBeUndefined();
          taken.set(`${x} ${y}`, title);
        }
      }
    }
    expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
  });
});

describe('service', () => {
  const units = readdirSync(SERVICE).filter((name) => name.endsWith('.service'));
  const commandOf = (text: string) => /^ExecStart=\/usr\/local\/bin\/(\S+) (\S+) (.*)$/m.exec(text)!;

  it('has units that systemd takes', (context) => {
    if (!requireTool('systemd-analyze', context)) return;
    const work = mkdtempSync(join(tmpdir(), 'datacast-units-'));
    onTestFinished(() => rmSync(work, { recursive: true }));
    expect(units).toHaveLength(2);
    for (const unit of units) {
      // the program is not installed here
      const text = read(SERVICE, unit).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
      writeFileSync(join(work, unit), text);
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(work, unit)], {
        encoding: 'utf8',
      });
      expect([status, stderr], unit).toEqual([0, '']);
    }
  });

  it.each(units)('has options in %s that its program knows', (unit) => {
    const [, program, command, rest] = commandOf(read(SERVICE, unit));
    const { status, stdout } = runProgram(program as Program, [command!, '--help']);
    expect(status).toBe(0);
    const options = [...rest!.matchAll(/--[a-z-]+/g)].map(String);
    expect(options.length).toBeGreaterThan(4);
    expect(options.filter((option) => !stdout.includes(option))).toEqual([]);
  });

  it('has a Containerfile that installs both programs by what the package is called', () => {
    const { name, bin, engines } = JSON.parse(read(ROOT, 'package.json'));
    const text = read(SERVICE, 'Containerfile');
    const [, version] = /^FROM docker\.io\/library\/node:(\d+)-slim$/m.exec(text)!;
    expect(engines.node.startsWith(`>=${version}.`)).toBe(true);
    expect(text).toContain(`/${name}-*.tgz`);
    for (const program of Object.keys(bin)) expect(text).toContain(program);
  });
});
