import { DatabaseSync } from 'node:sqlite'

/** Notes the questions that are prepared from now on in this process, in any database. */
export function noteQuestions() {
  const asked = new Set<string>()
  const { prepare } = DatabaseSync.prototype
  DatabaseSync.prototype.prepare = function (sql, ...others) {
    asked.add(sql)
    return prepare.call(this, sql, ...others)
  }
  return {
    asked,
    /** Returns the steps of a question's plan in the database at a path. */
    plan(path: string, sql: string): readonly string[] {
      const db = new DatabaseSync(path)
      try {
        return prepare
          .call(db, `EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail))
      } finally {
        db.close()
      }
    },
    stop(): void {
      DatabaseSync.prototype.prepare = prepare
    },
  }
}
