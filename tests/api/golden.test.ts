// Golden answers of the filter language. Each line of a file is an answer, a tab and the question, about the data of `filter-data.ts`:
// for filters the last digits of the ids found (`-` for none), for sorts their order. The answers were recorded from the server whose
// API Pando speaks, so that a change of meaning in any corner shows up here.
import { readFileSync } from 'node:fs';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import { finds, makeFilterData } from './filter-data.ts';

/** The lines of a golden file as pairs of answer and question. */
function readGolden(name: string): Array<readonly [answer: string, question: string]> {
  const text = readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [answer = '', question = ''] = line.split('\t');
      return [answer, question] as const;
    });
}

function sorts(sort: string, order: string): Scenario {
  const path = `/api/collections/posts/records?perPage=100&sort=${encodeURIComponent(sort)}`;
  return { ...finds('', order), name: `sort ${sort} -> ${order}`, path };
}

apiSuite('golden answers', makeFilterData, (suite) => {
  suite.scenarios(
    'filters',
    readGolden('filters.txt').map(([answer, filter]) => finds(filter, answer === '-' ? '' : answer)),
  );
  suite.scenarios(
    'sorts',
    readGolden('sorts.txt').map(([order, sort]) => sorts(sort, order)),
  );
});
