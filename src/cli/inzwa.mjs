#!/usr/bin/env node
// The bin of the package: plain JavaScript, so that any Node from 20 on can start it.
import './setup.mjs';
