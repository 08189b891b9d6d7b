import { type CompletionTable, optionsOf, valued } from './table.ts'

/** Returns the text in ASCII: Windows PowerShell reads a script in the code page of the machine, and takes typographic quotation marks for its own. */
const ascii = (text: string): string =>
  text
    .replaceAll('…', '...')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, '-')
    .replace(/[^ -~]/gu, '?')

const quoted = (text: string): string => `'${ascii(text).replaceAll("'", "''")}'`

const list = (texts: readonly string[]): string => `@(${texts.map(quoted).join(', ')})`

const map = (entries: readonly (readonly [name: string, value: string])[]): string =>
  entries.map(([name, value]) => `    ${quoted(name)} = ${value}`).join('\n')

/** Returns the completion script for PowerShell, 5.1 or later. PowerShell itself offers files where the script offers nothing. */
export const powershellScript = (table: CompletionTable): string => {
  const spelled = table.options.flatMap(({ spellings, description }) =>
    spellings.map((spelling) => [spelling, quoted(description)] as const),
  )
  const described = table.commands.map(({ name, description }) => [name, quoted(description)] as const)
  const choices = table.options.flatMap(({ name, value }) =>
    value?.kind === 'choices' ? [[`--${name}`, list(value.choices)] as const] : [],
  )
  const operands = table.commands.flatMap(({ name, operand }) =>
    operand?.value.kind === 'choices' ? [[name, list(operand.value.choices)] as const] : [],
  )
  return `# PowerShell completion for smugmug-backup

Register-ArgumentCompleter -Native -CommandName 'smugmug-backup' -ScriptBlock {
  param($current, $tree, $position)
  # A hash table would take -V and -v for the same.
  $help = New-Object 'System.Collections.Generic.Dictionary[string,string]'
${[...described, ...spelled].map(([name, text]) => `  $help[${quoted(name)}] = ${text}`).join('\n')}
  $commands = ${list(table.commands.map(({ name }) => name))}
  $options = @{
${map(table.commands.map(({ name }) => [name, list(optionsOf(table, name).flatMap(({ spellings }) => spellings))]))}
  }
  $values = @{
${map(choices)}
  }
  $operandsOf = @{
    'help' = $commands
${map(operands)}
  }
  $valued = ${list(valued(table))}

  # The command and its operand: the words before this one that are no options and no values. One dash is as good as two.
  $operands = @()
  $option = ''
  foreach ($element in $tree.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $position) { break }
    $text = $element.ToString()
    if ($option) { $option = '' }
    elseif ($text -match '^-') {
      $text = $text -replace '^-(?!-)', '--'
      if ($valued -contains $text) { $option = $text }
    }
    else { $operands += $text }
  }
  $command = if ($operands.Count) { $operands[0] } else { 'backup' }

  $prefix = ''
  $offered = @()
  if ($current -match '^(--?[^=]+=)(.*)$') {
    $prefix = $Matches[1]
    $current = $Matches[2]
    $option = $prefix.TrimEnd('=') -replace '^-(?!-)', '--'
  }
  if ($option) { $offered = $values[$option] }
  elseif ($current -match '^-[^-]') { $offered = $options[$command] -replace '^--', '-' | Select-Object -Unique }
  elseif ($current -match '^-') { $offered = $options[$command] }
  elseif ($operands.Count -eq 0) { $offered = $commands }
  elseif ($operands.Count -eq 1) { $offered = $operandsOf[$command] }
  $offered | Where-Object { $_ -and $_.StartsWith($current, [StringComparison]::OrdinalIgnoreCase) } | ForEach-Object {
    $tip = $_
    if ($help.ContainsKey($_)) { $tip = $help[$_] } elseif ($help.ContainsKey("-$_")) { $tip = $help["-$_"] }
    [System.Management.Automation.CompletionResult]::new("$prefix$_", $_, 'ParameterValue', $tip)
  }
}
`
}
