import type { Fields } from './entity.ts'
import type { Route } from './routes.ts'

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Varchar: 'Variable length text from MIN_CHARS to MAX_CHARS (MAX_CHARS = INFINITY meaning arbitrary length)',
  Select: 'Select one option. Options should pass only the "Value".',
}

/**
 * Returns the `Options` block: short when the request says no verbosity, long at 3 (fact sheet 2.2). It says less than SmugMug's
 * own: no limits of the parameters, no list of the output's fields.
 */
export function optionsBlock(route: Route, isLong: boolean): Fields {
  const parameters = (route.parameters ?? []).map((name) => ({
    Name: name,
    Required: false,
    ReadOnly: false,
    Default: null,
    Type: route.name === 'children' ? 'Select' : 'Varchar',
  }))
  return {
    ...(isLong ? { MethodDetails: { OPTIONS: { Permissions: ['Read'] }, GET: { Permissions: ['Read'] } } } : {}),
    Methods: isLong ? ['OPTIONS', 'GET'] : ['GET'],
    ...(parameters.length === 0 ? {} : { ParameterDescription: DESCRIPTIONS, Parameters: { GET: parameters } }),
    ...(isLong
      ? {
          MediaTypes: ['application/json', 'application/vnd.php.serialized', 'application/x-msgpack', 'text/html', 'text/csv'],
          Output: [],
          Notes: ['_multiargs does not work at this endpoint'],
          Path: [
            { type: 'path', text: 'api' },
            { type: 'path', text: 'v2' },
          ],
        }
      : {}),
  }
}
