// Picks a word's form for a number by the rules of the catalogue's language.

/** The plural chooser of one language; `other` is always there. */
export function pluralIn(language: string) {
  const rules = new Intl.PluralRules(language);
  return (
    count: number,
    forms: { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>,
  ): string => forms[rules.select(count)] ?? forms.other;
}
