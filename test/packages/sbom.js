// Whether a file is CycloneDX 1.5 by its schema: node sbom.js FILE
'use strict';
const fs = require('node:fs');
const { Spec, Validation } = require('@cyclonedx/cyclonedx-library');

new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(fs.readFileSync(process.argv[2], 'utf8')).then(error => {
  if (error === null) return;
  console.error(JSON.stringify(error));
  process.exitCode = 1;
}, error => {
  console.error(String(error));
  process.exitCode = 1;
});
