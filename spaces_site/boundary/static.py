"""Hashed static files, ES modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's manifest storage that also rewrites `import` paths to hashed names."""

    support_js_module_import_aggregation = True
