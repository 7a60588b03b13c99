import type { ScalarTag, TagId, Tags } from 'yaml';

const FLOAT = /^[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)$/;
const EXPONENT = /^[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)[eE][-+]?\d+$/;

/**
 * Which scalars of YAML 1.1 are no text, for `customTags` of the package `yaml`: as Go's reader has it, times and numbers to the base of 60 are
 * texts, a number needs a digit before its exponent, and `0o17` is octal. Source: go-yaml v2, resolve.go.
 */
export function goYamlTags(tags: Tags): Tags {
  return tags.flatMap((tag): (ScalarTag | TagId | Tags[number])[] => {
    if (typeof tag === 'string') return tag === 'timestamp' ? [] : [tag];
    if (tag.tag === 'tag:yaml.org,2002:timestamp') return [];
    const { format } = tag as ScalarTag;
    if (format === 'TIME') return [];
    if (format === 'EXP') return [{ ...tag, test: EXPONENT } as ScalarTag];
    if (format === 'OCT') return [tag, { ...tag, test: /^[-+]?0o[0-7_]+$/, resolve: (text: string) => Number(text.replace(/^([-+]?)0o/, '$10o').replace(/^[-+]/, '').replaceAll('_', '')) * (text.startsWith('-') ? -1 : 1) } as ScalarTag];
    if (tag.tag === 'tag:yaml.org,2002:float' && 'test' in tag && tag.test?.test('1.5')) return [{ ...tag, test: FLOAT } as ScalarTag];
    return [tag];
  });
}
