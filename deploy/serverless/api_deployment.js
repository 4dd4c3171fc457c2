"use strict";
// Completes the API's deployment, which osls writes under a name of its own each time:
// a deployment is a snapshot, so it waits for the gateway's answers, and it carries the limits of
// the stage's methods.

class ApiDeployment {
  constructor(serverless) {
    this.hooks = { "after:package:compileEvents": () => complete(serverless.service) };
  }
}

function complete({ custom, provider, resources }) {
  const answers = named(resources.Resources, "AWS::ApiGateway::GatewayResponse");
  const compiled = provider.compiledCloudFormationTemplate.Resources;
  for (const name of named(compiled, "AWS::ApiGateway::Deployment")) {
    const deployment = compiled[name];
    deployment.DependsOn = [...deployment.DependsOn, ...answers];
    deployment.Properties.StageDescription = { MethodSettings: custom.methodSettings };
  }
}

function named(resources, type) {
  return Object.keys(resources).filter((name) => resources[name].Type === type);
}

module.exports = ApiDeployment;
