/** The fixed texts around the maps. */

/** nginx: the beginning and the end of the map's file, and the lines for the server. */
export const NGINX = {
  head: `# Include this file in the block "http" of nginx, and nginx-server.conf in the block "server".
map_hash_bucket_size 4096;
map_hash_max_size 524288;

# SmugMug shows a photo also at addresses that go on after its key.
map $uri $smugmug_old {
  default $uri;
  "~^(?<smugmug_photo>/.+/i-[A-Za-z0-9]+)/" $smugmug_photo;
}

map $smugmug_old $smugmug_new {
  default "";
`,
  foot: '}\n',
  server: `# Include this file in the block "server" of nginx, before any "location".
if ($smugmug_new) {
  return 301 $smugmug_new;
}
`,
} as const

/** Caddy: the beginning and the end of the file. */
export const CADDY = {
  head: `# Import this file in the block of your site: import /path/to/caddy.conf
# SmugMug shows a photo also at addresses that go on after its key.
map {path} {smugmug_old} {
\t"~^(/.+/i-[A-Za-z0-9]+)/.*$" "\${1}"
\tdefault "{path}"
}
map {smugmug_old} {smugmug_new} {
\tdefault ""
`,
  foot: `}
@smugmug not vars {smugmug_new} ""
redir @smugmug {smugmug_new} permanent
`,
} as const

/** Returns the text that says what to do with the files. */
export const redirectsReadme = ({
  to,
  hasBulk,
}: {
  readonly to: string | undefined
  readonly hasBulk: boolean
}): string => `Redirects from SmugMug's addresses

These files lead the old addresses of your albums and photos to the pages of the twin
${to === undefined ? 'on the same server: publish the twin under your old name.' : `at ${to}.`} Use the part for your server:

nginx
  Copy nginx-map.conf and nginx-server.conf to the server. In the block "http":
    include /etc/nginx/nginx-map.conf;
  In the block "server" of the old name, before any "location":
    include /etc/nginx/nginx-server.conf;
  Test it with: nginx -t

Caddy
  Copy caddy.conf to the server. In the block of the old name:
    import /etc/caddy/caddy.conf
  Test it with: caddy validate
  Caddy compares an address with one line after another. Take nginx where there are more
  than some ten thousand.

Cloudflare Pages
  Put _redirects at the top of the folder that you publish. Cloudflare takes 2,000 lines;
  the albums stand first. The twin's own page 404.html finds the other photos.

${
  hasBulk
    ? `Cloudflare bulk redirects
  Import cloudflare-bulk.csv into a list of bulk redirects (Account > Bulk Redirects), then
  make a rule for that list. Your plan says how many it may hold.
`
    : `Cloudflare bulk redirects
  They need the name of your own old domain, and this vault knows only SmugMug's. Give the
  new address with --to, and the list is written as if that were the old one as well.
`
}
Another server
  redirects.csv has both addresses of each line, encoded for the web.

${
  to === undefined
    ? ''
    : `Addresses that are the same on both sides have no line. If the old name is another server
than ${to}, send the rest on as well. In nginx, after the include:
    location / { return 302 ${to}$request_uri; }

`
}Try it first with status 302 in place of 301, because browsers remember 301 for long. The vault
itself was not changed. Run "smugmug-backup handover redirects" again after a backup, with the
same folder: it brings these files up to date and touches no others.
`
