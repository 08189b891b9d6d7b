/**
 * A reporter of `node --test` for scripts/test.ts: says nothing but how many tests there were, as JSON, when all have ended.
 * Each yielded text is written to the reporter's destination.
 */
// biome-ignore lint/style/noDefaultExport: the test runner takes a module's default export for its reporter
export default async function* countTests(events) {
  for await (const { type, data } of events) {
    if (type === 'test:summary' && data.file === undefined) yield JSON.stringify({ ...data.counts, ms: data.duration_ms })
  }
}
