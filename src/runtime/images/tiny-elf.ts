/**
 * The program of the pause image: a static ELF file of about 200 bytes that ignores SIGCHLD, so that the kernel reaps the orphans of a shared
 * PID namespace, and then sleeps for good. It is written out as machine code because no compiler may be needed on a user's machine.
 */
const LOAD_ADDRESS = 0x400000;
const HEADER_BYTES = 64 + 56;
const EM_X86_64 = 62;
const EM_AARCH64 = 183;

/** `architecture` is that of Node (`process.arch`). Throws RangeError for one without a pause program. */
export function pauseProgram(architecture: string): Uint8Array {
  if (architecture === 'x64') return elf(EM_X86_64, pauseX64());
  if (architecture === 'arm64') return elf(EM_AARCH64, pauseArm64());
  throw new RangeError(`there is no pause program for ${architecture}; give a pause image with --pause-image`);
}

/** struct sigaction: SIG_IGN, no flags, no restorer, empty mask. */
function ignoringSigaction(): Uint8Array {
  const action = new Uint8Array(32);
  action[0] = 1;
  return action;
}

function pauseX64(): Uint8Array {
  const code = [
    0xb8, 13, 0, 0, 0, // mov eax, SYS_rt_sigaction
    0xbf, 17, 0, 0, 0, // mov edi, SIGCHLD
    0x48, 0x8d, 0x35, 0, 0, 0, 0, // lea rsi, [rip + action]: the distance is filled in below
    0x31, 0xd2, // xor edx, edx
    0x41, 0xba, 8, 0, 0, 0, // mov r10d, 8
    0x0f, 0x05, // syscall
    0xb8, 34, 0, 0, 0, // mov eax, SYS_pause
    0x0f, 0x05, // syscall
    0xeb, 0xf7, // jmp back to the mov
  ];
  const afterLea = 17;
  code[13] = code.length - afterLea;
  return Uint8Array.from([...code, ...ignoringSigaction()]);
}

function pauseArm64(): Uint8Array {
  const move = (register: number, value: number): number => (0xd2800000 | (value << 5) | register) >>> 0;
  const SUPERVISOR_CALL = 0xd4000001;
  const BACK_SEVEN = (0x14000000 | ((-6) & 0x03ffffff)) >>> 0;
  const words = [
    move(8, 134), // rt_sigaction
    move(0, 17), // SIGCHLD
    0, // adr x1, action: filled in below
    move(2, 0),
    move(3, 8),
    SUPERVISOR_CALL,
    move(8, 73), // ppoll(NULL, 0, NULL, NULL)
    move(0, 0),
    move(1, 0),
    move(2, 0),
    move(3, 0),
    SUPERVISOR_CALL,
    BACK_SEVEN,
    0xd503201f, // nop: keeps the data aligned
  ];
  const distance = (words.length - 2) * 4;
  words[2] = (0x10000000 | ((distance & 3) << 29) | ((distance >> 2) << 5) | 1) >>> 0;
  return Uint8Array.from([...words.flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]), ...ignoringSigaction()]);
}

/** An executable of one segment, readable and executable, that starts at its first instruction. */
function elf(machine: number, code: Uint8Array): Uint8Array {
  const file = Buffer.alloc(HEADER_BYTES + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADER_BYTES), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // read, execute
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(code, HEADER_BYTES);
  return file;
}
