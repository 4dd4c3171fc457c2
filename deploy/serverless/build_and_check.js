"use strict";
// Builds the function package and checks it before osls packages or deploys anything,
// refuses to talk to another place than the announced target, and says which account that is.

const { spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");

const CHANGING = ["deploy", "remove", "rollback"];

class BuildAndCheck {
  constructor(serverless, options, { log }) {
    this.serverless = serverless;
    this.options = options;
    this.log = log;
    this.aws = serverless.getProvider("aws");
    this.hooks = {
      initialize: () => this.begin(),
      "before:package:createDeploymentArtifacts": () => this.package(),
      "before:deploy:function:packageFunction": () => this.package(),
    };
  }

  async begin() {
    // A key in what osls prints would be kept by every log of a CI. `--no-conceal` prints it.
    this.options.conceal ??= true;
    this.python("deploy.target", this.announced());
    const [command] = this.serverless.processedInput.commands;
    if (CHANGING.includes(command)) await this.nameTheAccount();
  }

  announced() {
    const profile = this.options["aws-profile"] || this.serverless.service.provider.profile;
    return [
      "--check-osls", "--stage", this.aws.getStage(), "--region", this.aws.getRegion(),
      ...(profile ? ["--aws-profile", profile] : []),
    ];
  }

  // osls prefers credentials in another order than other clients, and takes some that only it
  // knows (AWS_DEV_PROFILE for the stage `dev`), so osls itself asks whose they are.
  async nameTheAccount() {
    const { env } = process;
    const { accountId } = await this.aws.getAccountInfo();
    if (env.AWS_ACCOUNT && env.AWS_ACCOUNT !== accountId) {
      const message = `AWS_ACCOUNT is ${env.AWS_ACCOUNT}, but osls goes to account ${accountId}`;
      throw new this.serverless.classes.Error(message);
    }
    const profile = this.options["aws-profile"] || env.AWS_PROFILE || "none is named";
    this.log.notice(
      `account ${accountId}, region ${this.aws.getRegion()}, stage ${this.aws.getStage()}, ` +
        `profile: ${profile}`,
    );
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
