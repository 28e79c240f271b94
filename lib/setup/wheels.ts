/**
 * The wheels of the Python package index that TensorFlow's native library is taken from, pinned by checksum.
 *
 * @module
 */
import type { TensorflowBuild } from "./installation.ts";

/** A wheel, which is a zip file, and what of it is needed. */
export interface Wheel {
  /** Its file name, which says package, version and platforms. */
  readonly file: string;
  readonly sha256: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Bytes of what is taken out of it. */
  readonly unpacked: number;
  /** The folder in it that is taken; no other wheel has files there. */
  readonly folder: string;
  /** Which of the files there. */
  readonly needed: RegExp;
}

/** What is taken of TensorFlow itself: its libraries, and the headers of its C interface. */
const tensorflow = {
  folder: "tensorflow",
  needed:
    /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2$|include\/(tensorflow\/c\/|(tensorflow\/core|tsl)\/platform\/ctstring|xla\/tsl\/c\/))/,
};

/** One of NVIDIA's libraries, which TensorFlow looks for in `../nvidia/NAME/lib` beside its own folder. */
function nvidia(name: string, wheel: Pick<Wheel, "file" | "sha256" | "bytes" | "unpacked">): Wheel {
  return { ...wheel, folder: `nvidia/${name}`, needed: new RegExp(`^nvidia/${name}/(lib|bin|nvvm)/`) };
}

const cpu = {
  x86_64: {
    ...tensorflow,
    file: "tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    bytes: 274_000_871,
    unpacked: 853_868_899,
  },
  aarch64: {
    ...tensorflow,
    file: "tensorflow-2.21.0-cp312-cp312-manylinux_2_27_aarch64.whl",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    bytes: 281_946_471,
    unpacked: 883_622_171,
  },
};

/** What `pip install tensorflow[and-cuda]==2.21.0` takes, without what only Python needs. */
const cuda: readonly Wheel[] = [
  {
    ...tensorflow,
    file: "tensorflow-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl",
    sha256: "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
    bytes: 572_611_111,
    unpacked: 1_259_581_043,
  },
  nvidia("cublas", {
    file: "nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
    bytes: 581_217_458,
    unpacked: 855_064_416,
  }),
  nvidia("cuda_cupti", {
    file: "nvidia_cuda_cupti_cu12-12.8.90-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
    bytes: 10_248_621,
    unpacked: 41_311_976,
  }),
  nvidia("cuda_nvcc", {
    file: "nvidia_cuda_nvcc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
    bytes: 40_546_229,
    unpacked: 98_010_465,
  }),
  nvidia("cuda_nvrtc", {
    file: "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
    bytes: 89_568_129,
    unpacked: 227_340_992,
  }),
  nvidia("cuda_runtime", {
    file: "nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
    bytes: 3_493_179,
    unpacked: 5_342_176,
  }),
  nvidia("cudnn", {
    file: "nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
    bytes: 716_538_495,
    unpacked: 1_162_393_472,
  }),
  nvidia("cufft", {
    file: "nvidia_cufft_cu12-11.4.1.4-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
    bytes: 200_877_592,
    unpacked: 293_609_416,
  }),
  nvidia("curand", {
    file: "nvidia_curand_cu12-10.3.10.19-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
    bytes: 68_295_626,
    unpacked: 166_965_432,
  }),
  nvidia("cusolver", {
    file: "nvidia_cusolver_cu12-11.7.5.82-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
    bytes: 338_117_415,
    unpacked: 494_975_064,
  }),
  nvidia("cusparse", {
    file: "nvidia_cusparse_cu12-12.5.10.65-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
    bytes: 366_465_088,
    unpacked: 486_556_368,
  }),
  nvidia("nccl", {
    file: "nvidia_nccl_cu12-2.32.3-py3-none-manylinux_2_27_x86_64.whl",
    sha256: "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
    bytes: 351_526_311,
    unpacked: 489_653_380,
  }),
  nvidia("nvjitlink", {
    file: "nvidia_nvjitlink_cu12-12.9.86-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl",
    sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
    bytes: 39_748_338,
    unpacked: 95_935_344,
  }),
];

/** The wheels of a build on this kind of processor, or undefined where there are none. */
export function wheelsOf(
  build: TensorflowBuild,
  { os, arch }: { os: string; arch: string } = Deno.build,
): readonly Wheel[] | undefined {
  if (os !== "linux" || !(arch === "x86_64" || arch === "aarch64")) return undefined;
  if (build === "cpu") return [cpu[arch]];
  return arch === "x86_64" ? cuda : undefined;
}

/** Package and version of a wheel, as pip calls them, and the platforms that it runs on. */
export function wheelTags(
  { file }: Pick<Wheel, "file">,
): { package: string; version: string; platforms: string[] } {
  const [name, version, , , platforms] = file.replace(/\.whl$/, "").split("-");
  return { package: name.replaceAll("_", "-"), version, platforms: platforms.split(".") };
}
