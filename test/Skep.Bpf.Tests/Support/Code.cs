namespace Skep.Bpf.Tests;

/// <summary>The few instructions that the tests need, by the kernel's numbers (include/uapi/linux/bpf.h).</summary>
internal static class Code
{
    internal const ulong Exit = 0x95;

    internal static ulong MoveImmediate(int register, int value) => 0xb7 | (ulong)register << 8 | (ulong)(uint)value << 32;

    internal static ulong Add(int register, int value) => 0x07 | (ulong)register << 8 | (ulong)(uint)value << 32;

    internal static ulong MoveRegister(int target, int source) => 0xbf | (ulong)target << 8 | (ulong)source << 12;

    internal static ulong LoadWord(int target, int source, short offset) => Load(0x61, target, source, offset);

    internal static ulong Load(byte opcode, int target, int source, short offset) =>
        opcode | (ulong)target << 8 | (ulong)source << 12 | (ulong)(ushort)offset << 16;

    internal static ulong StoreImmediateWord(int target, short offset, int value) =>
        0x62 | (ulong)target << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)value << 32;

    /// <summary>Adds a register to 8 bytes of memory, in one step.</summary>
    internal static ulong AtomicAdd(int target, int source) => Load(0xdb, target, source, 0);

    internal static ulong Call(int helper) => 0x85 | (ulong)(uint)helper << 32;

    /// <summary>Both words of a load of map <paramref name="index"/> of the options.</summary>
    internal static ulong[] LoadMap(int target, int index) => [0x18 | (ulong)target << 8 | 5ul << 12 | (ulong)(uint)index << 32, 0];

    internal static ulong JumpIfZero(int register, short offset) => 0x15 | (ulong)register << 8 | (ulong)(ushort)offset << 16;

    /// <summary>Returns a number.</summary>
    internal static ulong[] Return(int value) => [MoveImmediate(0, value), Exit];
}
