import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LanguageTable } from '../../../runtime/sources/github/languages.ts';

const table = await LanguageTable.load();

test('the languages that people mean by an extension', () => {
  const expected = {
    'a.ts': 'typescript',
    'a.d.ts': 'typescript',
    'a.mts': 'typescript',
    'a.tsx': 'tsx',
    'a.js': 'javascript',
    'a.jsx': 'javascript',
    'a.py': 'python',
    'a.java': 'java',
    'a.c': 'c',
    'a.h': 'c',
    'a.cpp': 'c++',
    'a.hpp': 'c++',
    'a.cs': 'c#',
    'a.go': 'go',
    'a.rs': 'rust',
    'a.rb': 'ruby',
    'a.php': 'php',
    'a.pl': 'perl',
    'a.sh': 'shell',
    'a.sql': 'sql',
    'a.html': 'html',
    'a.css': 'css',
    'a.md': 'markdown',
    'README.MD': 'markdown',
    'a.json': 'json',
    'a.yml': 'yaml',
    'a.toml': 'toml',
    'a.tex': 'tex',
    'a.r': 'r',
    'a.m': 'objective-c',
    'a.fs': 'f#',
    'a.v': 'verilog',
    'a.lua': 'lua',
    'a.kt': 'kotlin',
    'a.swift': 'swift',
    'a.scala': 'scala',
    'a.txt': 'text',
    Makefile: 'makefile',
    Dockerfile: 'dockerfile',
    'CMakeLists.txt': 'cmake',
    LICENSE: 'text',
    'no-extension': 'text',
    'a.unheard-of': 'text',
  };
  const found = Object.keys(expected).map((path) => [path, table.of(`src/${path}`, '').name]);
  assert.deepEqual(Object.fromEntries(found), expected);
});

test('a word in the text decides between two languages of one extension', () => {
  assert.equal(table.of('a.h', '#include <x>\nnamespace a {\n').name, 'c++');
  assert.equal(table.of('a.h', '@interface A : NSObject\n').name, 'objective-c');
  assert.equal(table.of('a.m', 'function y = f(x)\n').name, 'matlab');
});

test('a text of white space alone is judged at once', () => {
  for (const text of ['\n'.repeat(1_000_000), ' '.repeat(1_000_000)]) {
    assert.equal(table.of('a.h', text).name, 'c');
  }
});

test('a script without an extension is told by its first line', () => {
  assert.equal(table.of('run', '#!/usr/bin/env -S node --flag\n').name, 'javascript');
  assert.equal(table.of('run', '#!/usr/bin/python3.12\n').name, 'python');
  assert.equal(table.of('run', '#!/bin/sh\n').name, 'shell');
  assert.equal(table.of('run', '#!\n').name, 'text');
});

test('what .gitattributes declares comes first, if it is a language', () => {
  assert.equal(table.of('a.h', '', 'C++').name, 'c++');
  assert.equal(table.of('a.h', '', 'cpp').name, 'c++');
  assert.equal(table.of('a.h', '', 'Klingon').name, 'c');
});

test('writing is known as such', () => {
  assert.deepEqual(
    ['a.md', 'a.rst', 'a.txt', 'a.py', 'a.json'].map((path) => table.of(path, '').prose),
    [true, true, true, false, false],
  );
});
