import type { Crypto } from '../../codecs/crypto/index.js';
import type { Fdt } from '../../codecs/fdt/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { editionsOf, type InspectedEdition } from './editions.js';
import { describeObject, type InspectedObject } from './object-summary.js';
import { type AuthCounts, createObject, type InspectedCertificate, type Session } from './session-state.js';
import { type InspectedSuccession, successionsOf } from './successions.js';

/** A file delivery table as it was received. */
export interface InspectedTable {
  readonly instanceId: number;
  readonly fluteVersion: number;
  readonly certificate: InspectedCertificate | undefined;
  readonly datagrams: number;
  readonly fdt: Fdt | undefined;
  /** Why a complete table could not be read. */
  readonly problem: string | undefined;
}

/** A session: what one sender sends under one TSI. */
export interface InspectedSession {
  readonly source: string;
  /** Addresses and ports, as text. */
  readonly destinations: readonly string[];
  readonly tsi: number | undefined;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  readonly tables: readonly InspectedTable[];
  /** Of the datagrams of TOI 0. */
  readonly tableAuth: Readonly<AuthCounts>;
  readonly successions: readonly InspectedSuccession[];
  /** Those whose index a table announces. */
  readonly editions: readonly InspectedEdition[];
  /** Announced ones and others, by TOI. */
  readonly objects: readonly InspectedObject[];
}

/** What was counted, as it is reported: of every object that was announced or received. */
export async function describeSession(
  { tables, objects, statements, destinations, ...session }: Session,
  schemes: FecSchemes,
  crypto: Crypto,
): Promise<InspectedSession> {
  for (const { collector } of tables.values()) {
    for (const { toi } of collector.fdt?.files ?? []) {
      if (!objects.has(toi)) objects.set(toi, createObject(toi, tables.values(), schemes));
    }
  }
  const described = [...objects.values()].sort((a, b) => a.toi - b.toi).map(describeObject);
  return {
    ...session,
    destinations: [...destinations],
    tables: [...tables.values()].map(({ collector, ...table }) => ({
      ...table,
      fdt: collector.fdt,
      problem: collector.problem,
    })),
    successions: await successionsOf(statements, crypto),
    editions: await editionsOf(objects.values(), described, crypto),
    objects: described,
  };
}
