"use strict";
// Builds the function package and checks it before osls packages or deploys anything,
// and refuses to talk to another place than the announced target.

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");

class BuildAndCheck {
  constructor(serverless, options) {
    this.serverless = serverless;
    this.options = options;
    this.environment = { ...process.env };
    if (this.target() === "local") withoutProxy(process.env);
    this.hooks = {
      initialize: () => this.python("deploy.target", this.announced()),
      "before:package:createDeploymentArtifacts": () => this.package(),
      "before:deploy:function:packageFunction": () => this.package(),
    };
  }

  target() {
    return process.env.TARGET || (process.env.AWS_ENDPOINT_URL ? "local" : "aws");
  }

  announced() {
    const profile = this.options["aws-profile"] || this.serverless.service.provider.profile;
    return profile ? ["--check-osls", "--aws-profile", profile] : ["--check-osls"];
  }

  package() {
    const { provider } = this.serverless.service;
    this.python("deploy.package", [
      "--target", this.target(),
      "--python-version", provider.runtime.replace("python", ""),
      "--architecture", provider.architecture,
      "--runtime", provider.environment.MODEL_RUNTIME,
    ]);
  }

  python(module, args) {
    const { serviceDir } = this.serverless;
    const own = path.join(serviceDir, ".venv", "bin", "python");
    const python = process.env.PYTHON || (existsSync(own) ? own : "python3");
    const { status, stderr, error } = spawnSync(python, ["-m", module, ...args], {
      cwd: serviceDir,
      env: this.environment, // the build fetches wheels, through the proxy
      stdio: ["ignore", "inherit", "pipe"],
      encoding: "utf8",
    });
    if (status === 0) return;
    const said = (stderr || String(error || "")).trim().replace(/^error: /, "");
    throw new this.serverless.classes.Error(said || `${module} failed`);
  }
}

// osls sends requests to the loopback interface through a proxy too, and knows no NO_PROXY.
function withoutProxy(environment) {
  for (const name of Object.keys(environment)) {
    if (/^((https?|all)_)?proxy$/i.test(name)) delete environment[name];
  }
}

module.exports = BuildAndCheck;
