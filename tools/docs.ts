// `npm run docs`: writes the pages that are made from code.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderOptionsPage } from '../src/config/option-docs.ts';
import { ROOT } from './steps.ts';

writeFileSync(path.join(ROOT, 'docs', 'options.md'), renderOptionsPage());
