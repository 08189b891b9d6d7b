/** The properties of an element, and its attributes under `aria-…`, `data-…` and `role`. */
export type Props<Tag extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[Tag], 'style' | 'children'>> & {
  readonly style?: string
  readonly role?: string
  readonly [attribute: `aria-${string}` | `data-${string}`]: string
}

/** A child of an element; nothing is added for `false` and `undefined`. */
export type Child = Node | string | false | undefined

/** Makes an element. Texts become text nodes, never markup. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props<Tag> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (name === 'style') element.style.cssText = String(value)
    else if (name.includes('-') || name === 'role') element.setAttribute(name, String(value))
    else Object.assign(element, { [name]: value })
  }
  element.append(...children.filter((child) => child !== false && child !== undefined))
  return element
}

/** Makes a button. The label is for those who do not see the sign. */
export const button = (facts: { readonly className: string; readonly sign: string; readonly label: string }, onclick: () => void) =>
  el('button', { className: facts.className, type: 'button', onclick, 'aria-label': facts.label, title: facts.label }, facts.sign)
