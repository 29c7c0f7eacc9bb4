# One addon in up to three variants of the same sources: portable, and for x86-64 with the instructions that arithmetic profits from. Which one
# is loaded is decided when it runs (src/native/load.ts).
{
  'target_defaults': {
    'sources': [
      'addon/bench.cc',
      'addon/ceremony.cc',
      'addon/machine.cc',
      'addon/module.cc',
      'addon/prove.cc',
      'addon/setup.cc',
      'addon/task.cc',
      'addon/verify.cc',
    ],
    'defines': ['NAPI_VERSION=8'],
    'cflags!': ['-fno-exceptions'],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++14', '-std=gnu++17', '-std=gnu++20', '-std=c++17'],
    'cflags_cc': ['-std=c++20', '-O3', '-fexceptions', '-fvisibility=hidden', '-Wall', '-Wextra'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'CLANG_CXX_LIBRARY': 'libc++',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CPLUSPLUSFLAGS': ['-Wall', '-Wextra'],
    },
  },
  'variables': {
    'adx_flags': ['-mbmi2', '-madx', '-DZK_ADX'],
    'ifma_flags': [
      '-mbmi2', '-madx', '-DZK_ADX', '-DZK_IFMA', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512ifma', '-mavx512vbmi',
      '-mavx512vbmi2',
    ],
  },
  'targets': [
    {
      'target_name': 'zkinfer_portable',
      'defines': ['ZK_VARIANT="portable"'],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'zkinfer_adx',
          'defines': ['ZK_VARIANT="adx"'],
          'cflags_cc': ['<@(adx_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(adx_flags)']},
        },
        {
          'target_name': 'zkinfer_ifma',
          'defines': ['ZK_VARIANT="ifma"'],
          'cflags_cc': ['<@(ifma_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(ifma_flags)']},
        },
      ],
    }],
  ],
}
