import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Gauge, Histogram, labelValue } from './metrics.ts';

test('a counter counts by labels', () => {
  const counter = new Counter({ name: 'a_total', help: 'As.', stability: 'STABLE' });
  assert.equal(counter.text(), '');
  counter.add('x="1"');
  counter.add('x="1"', 2);
  assert.equal(counter.text(), '# HELP a_total [STABLE] As.\n# TYPE a_total counter\na_total{x="1"} 3\n');
});

test('a gauge is looked up', () => assert.equal(new Gauge({ name: 'g', help: 'G.' }, () => [['', 7]]).text(), '# HELP g [ALPHA] G.\n# TYPE g gauge\ng 7\n'));

test('a histogram adds up its buckets', () => {
  const histogram = new Histogram({ name: 'h', help: 'H.' }, [1, 2]);
  for (const value of [0.5, 1, 1.5, 3]) histogram.with('x="y"').observe(value);
  assert.equal(histogram.text(), '# HELP h [ALPHA] H.\n# TYPE h histogram\nh_bucket{x="y",le="1"} 2\nh_bucket{x="y",le="2"} 3\nh_bucket{x="y",le="+Inf"} 4\nh_sum{x="y"} 6\nh_count{x="y"} 4\n');
});

test('labels are escaped', () => assert.equal(labelValue('a"b\\c\nd'), 'a\\"b\\\\c\\nd'));
