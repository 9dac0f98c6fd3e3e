"""Classifiers of timm with random weights: the smallest of each family.

Each uses the smallest supported image size. timm is not a dependency of this project: `pip install timm`.
Nothing is downloaded.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import torch
from torch import nn

from benchmarks.zoo.autograd_oracle import compare
from benchmarks.zoo.random_networks import Form, randomise

TIMM = "timm/"
"""Prefix of names, since some are the same as TorchVision's."""

_CLASSES = 20
_SIDES = (128, 112, 96, 160, 192, 224, 240, 256)
"""Image sizes in pixels, tried in this order."""

_WITHOUT_FUSED_ATTENTION = ("eva02", "rope", "dinov3")
"""Parts of names whose fused attention PyTorch's older exporter cannot export."""

_FORMS: dict[str, Form] = {
    "vit_tiny_patch16_224": "new",
    "convnext_atto": "new",
    "xcit_nano_12_p16_224": "new",
    "volo_d1_224": "new",
    "halonet26t": "new",
    "eca_halonext26ts": "new",
    "bat_resnext26ts": "new",
    "csatv2": "new",
    "naflexvit_base_patch16_gap": "new",
    "naflexvit_base_patch16_map": "new",
}
"""Export by architecture; the default is PyTorch's older exporter, which is faster.

It supports neither overlapping blocks nor max pooling to a given size.
"""

_OPSET = 20

_NAMES = """
  tinynet_e mobilevit_xxs mobilevitv2_050 edgenext_xx_small xcit_nano_12_p16_224 volo_d1_224
twins_pcpvt_small twins_svt_small tnt_s_patch16_224 crossvit_tiny_240 convit_tiny coat_lite_tiny
coat_tiny nest_tiny sequencer2d_s swinv2_cr_tiny_224 swinv2_tiny_window8_256
swin_tiny_patch4_window7_224 vit_small_patch16_rope_224 eva02_tiny_patch14_224
vit_small_patch14_reg4_dinov2 hgnet_tiny hgnetv2_b0 rexnet_100 gernet_s tresnet_m repghostnet_050
starnet_s050 rdnet_tiny inception_next_atto mambaout_femto hiera_tiny_224 hieradet_small
vitamin_small_224 focalnet_tiny_srf gcvit_xxtiny nextvit_small tiny_vit_5m_224 lcnet_035 lcnetv2_small
densenetblur121d resnetblur18 ecaresnet26t resnetaa34d bat_resnext26ts halonet26t lambda_resnet26t
botnet26t_256 nfnet_l0 eca_nfnet_l0 nfnet_f0 resnest14d selecsls42 inception_v4 inception_resnet_v2
legacy_xception xception41 nasnetalarge pnasnet5large dpn48b cspresnet50 cspdarknet53 darknet53
mvitv2_tiny mvitv2_small_cls gcresnet33ts eca_halonext26ts sebotnet33ts_256 regnetz_005 pvt_v2_b0
visformer_tiny convmixer_768_32 repvit_m0_9 shvit_s1 swiftformer_xs fasternet_t0 ghostnetv3_100
ghostnet_050 mixnet_s fbnetv3_b efficientnet_es semnasnet_050 gmixer_12_224 csatv2
vit_base_patch32_clip_224 naflexvit_base_patch16_gap naflexvit_base_patch16_map coatnext_nano_rw_224
maxxvit_rmlp_nano_rw_256 samvit_base_patch16_224 regnetz_b16_evos resnetv2_50d_gn test_efficientnet_ln
efficientvim_m1 iformer_t lowformer_b0 cpubone_nano cspnext_tiny vit_tiny_r_s16_p8_224
vit_tiny_patch16_dinov3_qkvb resnet50_clip crossvit_9_dagger_240 resnetv2_50 hardcorenas_a
tf_efficientnet_lite0 mobilenetv4_conv_small mobilenetv4_hybrid_medium mobileone_s0 repvgg_a0
convnext_atto convnextv2_atto coatnet_nano_rw_224 maxvit_pico_rw_256 davit_tiny deit3_small_patch16_224
deit_tiny_distilled_patch16_224 beit_base_patch16_224 cait_xxs24_224 vit_tiny_patch16_224
vit_relpos_small_patch16_224 vit_medium_patch16_reg4_gap_256 pit_ti_distilled_224 levit_128s
efficientformer_l1 efficientformerv2_s0 efficientvit_b0 efficientvit_m0 fastvit_t8 mixer_s32_224
gmlp_ti16_224 resmlp_12_224 poolformer_s12 poolformerv2_s12 caformer_s18 convformer_s18 seresnet18
skresnet18 dla46_c res2net50_14w_8s hrnet_w18_small ese_vovnet19b_dw
"""


def timm_names() -> list[str]:
    """List the names in the zoo."""
    return [TIMM + name for name in _NAMES.split()]


def measure_timm(name: str) -> dict[str, Any]:
    """Export, adopt and compare one architecture."""
    from timm.layers import set_fused_attn

    plain = name.removeprefix(TIMM)
    set_fused_attn(not any(part in plain for part in _WITHOUT_FUSED_ATTENTION))
    torch.manual_seed(0)
    network, size = _smallest(plain)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    form = _FORMS.get(plain, "old")
    return {
        "parameters": parameters,
        "form": form,
        "program": f"timm {version('timm')}",
        **compare(randomise(network, size), size, form, _OPSET),
    }


def _smallest(name: str) -> tuple[nn.Module, int]:
    """Return the network for its smallest supported image size, and that size."""
    import timm

    errors = []
    for options in ({"img_size": True}, {}):
        for side in _SIDES:
            given = dict.fromkeys(options, side)
            try:
                network = timm.create_model(name, num_classes=_CLASSES, **given).eval()
                with torch.no_grad():
                    network(torch.zeros(1, 3, side, side))
            except (AssertionError, RuntimeError, TypeError, ValueError) as error:
                errors.append(f"{side}: {error}")
                if isinstance(error, TypeError):
                    break
                continue
            return network, side
    raise RuntimeError(f"{name} takes images of none of these sides: {'; '.join(errors)}")
