import { toHex } from '../../codecs/bytes.js';
import { formatKeyId, publisherId } from '../../codecs/minisign/index.js';
import { unixFromNtp } from '../../codecs/ntp.js';
import type { InspectedEdition } from './editions.js';
import type { Inspection } from './inspect.js';
import { missingSymbols } from './object-summary.js';
import type { InspectedTable } from './session-summary.js';

/** The findings for programs: byte strings as hexadecimal, times in Unix seconds. */
export function inspectionAsJson({
  sessions,
  foreignDatagrams,
  foreignKinds,
  recording,
  problem,
}: Inspection): object {
  return {
    sessions: sessions.map((session) => ({
      source: session.source,
      destinations: session.destinations,
      tsi: session.tsi,
      first: Number(session.firstNs) / 1e9,
      last: Number(session.lastNs) / 1e9,
      tables: session.tables.map(tableAsJson),
      tableAuthentication: session.tableAuth,
      successions: session.successions,
      editions: session.editions.map(editionAsJson),
      objects: session.objects.map((object) => ({
        toi: object.toi,
        name: object.file?.contentLocation,
        datagrams: object.datagrams,
        authentication: object.auth,
        blocks: object.blocks.map((block) => ({ ...block, missing: missingSymbols(block) })),
      })),
    })),
    foreignDatagrams,
    foreignKinds,
    recording,
    problem,
  };
}

function tableAsJson({ instanceId, fluteVersion, certificate, datagrams, fdt, problem }: InspectedTable) {
  return {
    instanceId,
    fluteVersion,
    datagrams,
    problem,
    certificate: certificate && {
      publisher: publisherId({ publicKey: certificate.publisherKey }),
      isSigned: certificate.isSigned,
      uplinkPublicKey: toHex(certificate.uplinkPublicKey),
      tsi: certificate.tsi,
      generation: certificate.generation,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
    },
    fdt: fdt && {
      namespace: fdt.namespace,
      expires: unixFromNtp(fdt.expires),
      complete: fdt.complete,
      files: fdt.files.map(({ contentMd5, sha256, ...file }) => ({
        ...file,
        contentMd5: contentMd5 && toHex(contentMd5),
        sha256: sha256 && toHex(sha256),
      })),
    },
  };
}

function editionAsJson({ signature, ...edition }: InspectedEdition) {
  return {
    ...edition,
    signature: signature && {
      keyId: formatKeyId(signature.keyId),
      trustedComment: signature.trustedComment,
    },
  };
}
