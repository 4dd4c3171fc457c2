# Every command of the project. `make` lists them.
# PYTHON=python3.12 picks an interpreter; TARGET=aws picks a real account instead of the local cloud,
# which AWS_ACCOUNT=123456789012 pins. STAGE=test deploys beside the stage `dev`.
TARGET ?= local
ARGS ?=
WORKERS ?= 2

unexport PYTHON PYTHONPATH PYTHONHOME VIRTUAL_ENV
# In a terminal of JupyterLab too, what `make deploy` puts up is not its notebooks'.
unexport LOCAL_CLOUD_HOLDER
export UV_SYSTEM_CERTS := 1
export NODE_USE_SYSTEM_CA := 1
# What Jupyter and IPython write stays in build/, not in the home folder.
export IPYTHONDIR := $(CURDIR)/build/jupyter/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/build/jupyter/config
export JUPYTER_CONFIG_PATH := $(CURDIR)/workbook/jupyter
export JUPYTER_DATA_DIR := $(CURDIR)/build/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/build/jupyter/runtime
export JUPYTER_PLATFORM_DIRS := 1
export MPLCONFIGDIR := $(CURDIR)/build/jupyter/matplotlib
# A proxy must not come between this machine and itself. (No empty entry: it could match any host.)
comma := ,
export NO_PROXY := 127.0.0.1,localhost,::1$(addprefix $(comma),$(or $(no_proxy),$(NO_PROXY)))
export no_proxy := $(NO_PROXY)
# Caches of uv, pip, npm and others go to build/ when they cannot be in the home folder; what is set
# up there (an index, an account) is still read.
home_is_writable := $(shell sh workbook/home_is_writable.sh && echo yes)
ifneq ($(home_is_writable),yes)
export XDG_CACHE_HOME := $(CURDIR)/build/caches
export UV_CACHE_DIR ?= $(CURDIR)/build/caches/uv
export PIP_CACHE_DIR ?= $(CURDIR)/build/caches/pip
export npm_config_cache ?= $(CURDIR)/build/caches/npm
endif

RUN := PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python -m workbook.command
PYTEST := $(RUN) -m pytest
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1#\2/p' Makefile | awk -F'#' '{printf "%-20s %s\n", $$1, $$2}'

.PHONY: setup lab demo
setup: ## Make the environment: .venv and node_modules (every command does it when needed)
	@python=$$(sh workbook/find_python.sh $(PYTHON)) && "$$python" workbook/environment.py

lab: setup ## Open the workbook in JupyterLab (ARGS=--no-browser prints the address)
	@$(RUN) -m workbook.lab --log-level=ERROR $(ARGS)

demo: setup ## Package, deploy to the local cloud, call and remove, in about a minute
	@$(RUN) -m deploy.demo $(ARGS)

.PHONY: model models model-remove estimators train openapi notebooks
model: setup ## Export your fitted estimator, a file or MLflow's folder (NAME=churn FROM=churn.joblib EXAMPLE=churn.csv)
	@$(RUN) -m training model --name="$(NAME)" --from="$(FROM)" --example="$(EXAMPLE)" \
		--label="$(LABEL)" --version="$(or $(VERSION),1.0)" --engine="$(ENGINE)" --task="$(TASK)" \
		--config="$(CONFIG)" $(ARGS)

models: setup ## List the models that will be deployed (MODELS=churn,rent picks)
	@$(RUN) -m deploy.models

model-remove: setup ## Remove an exported model (NAME=churn, VERSION=1.0 for one version)
	@$(RUN) -m training remove --name="$(NAME)" --version="$(VERSION)"

estimators: setup ## Export every estimator of scikit-learn and write docs/estimators.md
	@$(RUN) -m training.sweep

train: setup ## Train the iris and the penguins model and write their files and manifests
	@$(RUN) -m training.iris $(ARGS)
	@$(RUN) -m training.penguins --output training/reference/penguins/1.0

openapi: setup ## Write the documents that are made from the code: schemas, OpenAPI, /api/docs
	@$(RUN) -m deploy.documents.json_schemas
	@$(RUN) -m deploy.documents.openapi
	@$(RUN) -m deploy.documents.docs_page
	@$(RUN) -m deploy.documents.gateway_responses
	@$(RUN) -m deploy.documents.http_events
	@$(RUN) -m deploy.documents.readme_requests

notebooks: setup ## Execute the notebooks and store their outputs (ARGS="--only 03")
	@$(RUN) -m tests.notebooks.execute $(ARGS)

.PHONY: package deploy info invoke call logs publish-model remove
package: setup ## Build the zip for the lambda and check it
	@$(RUN) -m deploy.service package --target $(TARGET) $(ARGS)

deploy: setup ## Deploy the service (this and the next ten: TARGET=local or aws, STAGE=dev)
	@$(RUN) -m deploy.service deploy --target $(TARGET) $(ARGS)

info: setup ## Show the deployed endpoints (ARGS=--show-key: also the API key)
	@$(RUN) -m deploy.service info --target $(TARGET) $(ARGS)

invoke: setup ## Invoke the function with an event (ARGS=events/null_body.json)
	@$(RUN) -m deploy.service invoke --target $(TARGET) $(ARGS)

call: setup ## Ask the deployed endpoint for a prediction over HTTP
	@$(RUN) -m deploy.service call --target $(TARGET) $(ARGS)

logs: setup ## Show the logs of the function
	@$(RUN) -m deploy.service logs --target $(TARGET) $(ARGS)

publish-model: setup ## Serve an exported model from S3, without a deployment (NAME=churn BUCKET=models, ARGS=--back)
	@$(RUN) -m deploy.publish_model $(NAME) $(if $(BUCKET),--bucket $(BUCKET)) $(if $(VERSION),--version $(VERSION)) --target $(TARGET) $(ARGS)

remove: setup ## Remove the service and name what is left of it
	@$(RUN) -m deploy.service remove --target $(TARGET) $(ARGS)

.PHONY: send results dead-letters replay batch
send: setup ## Send the messages of a file to the queue (FILE=messages.jsonl; deployed with queue=on)
	@$(RUN) -m deploy.sources.send "$(FILE)" --target $(TARGET) $(ARGS)

results: setup ## Print the results of messages as JSON Lines (ARGS=--follow, ARGS=--keep)
	@$(RUN) -m deploy.sources.results --target $(TARGET) $(ARGS)

dead-letters: setup ## Print the messages that died, each with the reason
	@$(RUN) -m deploy.sources.dead_letters --target $(TARGET) $(ARGS)

replay: setup ## Count the dead letters; ARGS=--yes moves them back to their queue
	@$(RUN) -m deploy.sources.replay --target $(TARGET) $(ARGS)

batch: setup ## Predict for the rows of a file, in parts (FILE=rows.csv MODEL=churn; with files=on)
	@$(RUN) -m deploy.batch "$(FILE)" --model="$(MODEL)" --target $(TARGET) $(ARGS)

.PHONY: test test-fast coverage fuzz faults conformance lint bench
test: setup lint ## Run every check and test (WORKERS=4 uses more than two processes)
	@$(PYTEST) --numprocesses=$(WORKERS) --dist=loadscope --no-loadscope-reorder --nbval --nbval-current-env \
		--nbval-sanitize-with=tests/notebooks/sanitize.cfg --nbval-cell-timeout=280 \
		$(ARGS) tests $(NOTEBOOKS)

test-fast: setup ## Run the quick tests, in about a minute and a half
	@$(PYTEST) -m "not slow" $(ARGS)

# Not in `make test`: there, nbval would measure in every kernel, too.
coverage: setup ## Name the branches of the deployed code that the quick tests leave out
	@$(PYTEST) --numprocesses=$(WORKERS) -m "not slow" --quiet --cov $(ARGS)

fuzz: setup ## Send mutated events to the function (ARGS="--count 1000000")
	@$(RUN) -m tests.robustness.fuzz $(ARGS)

faults: setup ## Deliver messages to the function while everything fails (ARGS="--messages 100000 --faults 10000")
	@$(RUN) -m tests.delivery.faults $(ARGS)

conformance: setup ## Compare the deployed API with its OpenAPI document, by many generated requests
	@$(RUN) -m tests.robustness.api_conformance $(ARGS)

lint: setup ## Check style and types: ruff, mypy
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: setup ## Measure the function beside the alternatives (ARGS=--quick, ARGS=--store)
	@$(RUN) -m benchmarks $(ARGS)

.PHONY: lock clean
lock: setup ## Renew requirements.txt and the locks of deploy/, benchmarks/ and tests/
	@$(RUN) -m workbook.lock $(ARGS)
	@$(RUN) -m deploy.lock
	@$(RUN) -m benchmarks.lock
	@$(RUN) -m tests.openapi_clients.lock
	@$(RUN) -m tests.training.mlflow_models

clean: ## Delete everything that was made, except .venv and node_modules
	@rm -rf build .serverless .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
