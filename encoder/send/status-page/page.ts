import { createHash } from 'node:crypto';
import { client } from './client.js';
import { STYLES } from './styles.js';

const SCRIPT = `(${String(client)})();`;

/** The whole page: it asks for nothing but its own status. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>datacast uplink</title>
<link rel="icon" href="data:,">
<style>${STYLES}</style>
<p id="connection" role="status"></p>
<main><noscript>This page needs JavaScript. The same stands in status.json.</noscript></main>
<script>${SCRIPT}</script>
</html>
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing runs and nothing is loaded but what the page itself has; no other page may show it. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${hashOf(SCRIPT)}`,
    `style-src ${hashOf(STYLES)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
