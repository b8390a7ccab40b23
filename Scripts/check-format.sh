#!/usr/bin/env bash
# Fails where `make format` would change something or a rule of .swift-format is broken.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict --recursive --parallel Sources Tests Package.swift
