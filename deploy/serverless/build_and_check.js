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
    this.hooks = {
      initialize: () => this.python("deploy.target", this.announced()),
      "before:package:createDeploymentArtifacts": () => this.package(),
      "before:deploy:function:packageFunction": () => this.package(),
    };
  }

  announced() {
    const profile = this.options["aws-profile"] || this.serverless.service.provider.profile;
    return profile ? ["--check-osls", "--aws-profile", profile] : ["--check-osls"];
  }

  package() {
    const { custom, provider } = this.serverless.service;
    this.python("deploy.package", [
      "--target", process.env.TARGET || (process.env.AWS_ENDPOINT_URL ? "local" : "aws"),
      "--python-version", provider.runtime.replace("python", ""),
      "--architecture", provider.architecture,
      "--runtime", provider.environment.MODEL_RUNTIME,
      "--bytecode", custom.bytecode,
    ]);
  }

  python(module, args) {
    const { serviceDir } = this.serverless;
    const own = path.join(serviceDir, ".venv", "bin", "python");
    const python = process.env.PYTHON || (existsSync(own) ? own : "python3");
    const options = { cwd: serviceDir, stdio: ["ignore", "inherit", "pipe"], encoding: "utf8" };
    const { status, stderr, error } = spawnSync(python, ["-m", module, ...args], options);
    if (status === 0) return;
    const said = (stderr || String(error || "")).trim().replace(/^error: /, "");
    throw new this.serverless.classes.Error(said || `${module} failed`);
  }
}

module.exports = BuildAndCheck;
