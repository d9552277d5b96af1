import { concatBytes, utf8Encode } from '../bytes.js';
import { TransportStreamError } from './error.js';
import { MULTIPROTOCOL_ENCAPSULATION, TableId } from './format.js';
import { descriptor, uint16 } from './psi.js';
import { buildSection, type SectionPlace } from './section.js';

const SERVICE_DESCRIPTOR = 0x48;
const DATA_BROADCAST_DESCRIPTOR = 0x64;
/** service_type of a data broadcast service, and of television: any, H.264 in SD, H.264 in HD (EN 300 468 table 89). */
export const ServiceType = { data: 0x0c, television: 0x01, televisionSd: 0x16, televisionHd: 0x19 } as const;
export type TelevisionServiceType = Exclude<(typeof ServiceType)[keyof typeof ServiceType], 0x0c>;
const RUNNING = 4;
/** The first byte of a text in UTF-8 (EN 300 468 annex A.2). */
const UTF8_TEXT = 0x15;

/** Bytes of the longest name, such that the section fits one transport packet. */
export const MAX_SERVICE_NAME_BYTES = 140;

/**
 * multiprotocol_encapsulation_info (EN 301 192 section 7.2.1): MAC_address_range 6 (all six bytes), addresses mapped
 * from IP as the RFCs say, no alignment, one section a datagram.
 */
const ENCAPSULATION_INFO = Uint8Array.of((6 << 5) | (1 << 4) | 0x07, 1);
const LANGUAGE_UNDETERMINED = Uint8Array.of(0x75, 0x6e, 0x64); // und

/** A stream of one service; original_network_id is for private temporary use (ETSI TS 101 162). */
export const SERVICE = { transportStreamId: 1, originalNetworkId: 0xff01, serviceId: 1 } as const;

export interface ServiceFields {
  readonly transportStreamId: number;
  readonly originalNetworkId: number;
  /** The same as the programme number. */
  readonly serviceId: number;
  readonly serviceName: string;
}

/**
 * A section of the service description table, with one service, not scrambled, without event information (EN 300 468 section
 * 5.2.3), with service_descriptor alone: of television.
 *
 * @param place of the section in the table, where there are several services
 * @throws TransportStreamError when the name is empty, too long or has control characters
 */
export function buildTelevisionSdt(
  fields: ServiceFields,
  type: TelevisionServiceType,
  place?: SectionPlace,
): Uint8Array {
  return buildTable(fields, serviceDescriptor(type, fields.serviceName), place);
}

/**
 * The same of a data broadcast service, with data_broadcast_descriptor.
 *
 * @param componentTag names the stream, 0..255
 */
export function buildSdt(fields: ServiceFields, componentTag: number): Uint8Array {
  return buildTable(
    fields,
    concatBytes(
      serviceDescriptor(ServiceType.data, fields.serviceName),
      descriptor(DATA_BROADCAST_DESCRIPTOR, broadcastDescription(componentTag)),
    ),
  );
}

function buildTable(fields: ServiceFields, descriptors: Uint8Array, place?: SectionPlace): Uint8Array {
  const body = concatBytes(
    Uint8Array.of(...uint16(fields.originalNetworkId), 0xff, ...uint16(fields.serviceId), 0xfc),
    Uint8Array.of(...uint16((RUNNING << 13) | descriptors.length)),
    descriptors,
  );
  return buildSection({
    tableId: TableId.sdt,
    secondBit: 1,
    extension: fields.transportStreamId,
    body,
    ...(place && { place }),
  });
}

/** service_descriptor (EN 300 468 section 6.2.33) without a provider's name. */
function serviceDescriptor(type: number, name: string): Uint8Array {
  const text = encodeText(name);
  return descriptor(SERVICE_DESCRIPTOR, concatBytes(Uint8Array.of(type, 0, text.length), text));
}

/** data_broadcast_descriptor (EN 300 468 section 6.2.11) without a text. */
function broadcastDescription(componentTag: number): Uint8Array {
  return concatBytes(
    Uint8Array.of(...uint16(MULTIPROTOCOL_ENCAPSULATION), componentTag, ENCAPSULATION_INFO.length),
    ENCAPSULATION_INFO,
    LANGUAGE_UNDETERMINED,
    Uint8Array.of(0),
  );
}

function encodeText(name: string): Uint8Array {
  const text = utf8Encode(name);
  if (/\p{Cc}/u.test(name) || text.length === 0 || text.length > MAX_SERVICE_NAME_BYTES) {
    throw new TransportStreamError(
      `A service name has 1 to ${MAX_SERVICE_NAME_BYTES} bytes of UTF-8 without control characters; this one has ${text.length} bytes.`,
    );
  }
  // ASCII alone is also text of the default table
  return text.length === name.length ? text : concatBytes(Uint8Array.of(UTF8_TEXT), text);
}
