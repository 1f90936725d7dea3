using System.Buffers.Binary;
using Skep.Isa;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Runs instructions one by one, written from Documentation/bpf/standardization/instruction-set.rst by opcode.</summary>
internal static class BytecodeMachine
{
    /// <summary>The value of r0 at exit; null when the program did not end in time.</summary>
    public static ulong? Run(Instruction[] program, MachineMemory memory, Func<int, int> arguments, int steps)
    {
        var r = new ulong[11];
        r[1] = MachineMemory.BufferAddress;
        r[10] = MachineMemory.FrameTop;
        for (int pc = 0; steps-- > 0; pc++)
        {
            Instruction i = program[pc];
            bool bySource = (i.Code & 8) != 0;
            ulong source = bySource ? r[i.Src] : (ulong)(long)i.Imm;
            switch (i.Code & 7)
            {
                case 0:
                    r[i.Dst] = (uint)i.Imm | (ulong)(uint)program[++pc].Imm << 32;
                    break;
                case 1:
                    int size = Width(i);
                    ulong loaded = memory.Read(r[i.Src] + (ulong)(long)i.Off, size);
                    if ((i.Code & 0xe0) == 0x80)
                        loaded = size switch { 1 => (ulong)(sbyte)loaded, 2 => (ulong)(short)loaded, _ => (ulong)(int)loaded };
                    r[i.Dst] = loaded;
                    break;
                case 2:
                    memory.Write(r[i.Dst] + (ulong)(long)i.Off, Width(i), (ulong)(long)i.Imm);
                    break;
                case 3 when (i.Code & 0xe0) == 0x60:
                    memory.Write(r[i.Dst] + (ulong)(long)i.Off, Width(i), r[i.Src]);
                    break;
                case 3:
                    Atomic(i, r, memory);
                    break;
                case 4:
                    r[i.Dst] = (i.Code >> 4) == 0xd ? Swap(r[i.Dst], i.Imm, bySource) : Alu32(i, (uint)r[i.Dst], (uint)source);
                    break;
                case 7:
                    r[i.Dst] = (i.Code >> 4) == 0xd ? Swap(r[i.Dst], i.Imm, true) : Alu64(i, r[i.Dst], source);
                    break;
                default:
                    if (i.Code == 0x95) return r[0];
                    if (i.Code == 0x85)
                    {
                        r[0] = memory.Call(i.Imm, r.AsSpan(1, arguments(i.Imm)));
                        for (int k = 1; k <= 5; k++) r[k] = 0xdead_0000_0000_0000 + (ulong)k;
                        break;
                    }

                    if ((i.Code >> 4) == 0
                        || ((i.Code & 7) == 6 ? Jumps(i, (uint)r[i.Dst], (uint)source, (int)r[i.Dst], (int)source)
                        : Jumps(i, r[i.Dst], source, (long)r[i.Dst], (long)source)))
                        pc += i.Off;
                    break;
            }
        }

        return null;
    }

    private static int Width(Instruction i) => ((i.Code >> 3) & 3) switch { 0 => 4, 1 => 2, 2 => 1, _ => 8 };

    private static bool Jumps(Instruction i, ulong a, ulong b, long signedA, long signedB) => (i.Code >> 4) switch
    {
        0x1 => a == b,
        0x2 => a > b,
        0x3 => a >= b,
        0x4 => (a & b) != 0,
        0x5 => a != b,
        0x6 => signedA > signedB,
        0x7 => signedA >= signedB,
        0xa => a < b,
        0xb => a <= b,
        0xc => signedA < signedB,
        0xd => signedA <= signedB,
        var other => throw new InvalidOperationException($"jump {other}"),
    };

    private static ulong Alu64(Instruction i, ulong a, ulong b) => (i.Code >> 4, i.Off) switch
    {
        (0x0, _) => a + b,
        (0x1, _) => a - b,
        (0x2, _) => a * b,
        (0x3, 0) => b == 0 ? 0 : a / b,
        (0x3, _) => b == 0 ? 0 : b == ulong.MaxValue ? (ulong)-(long)a : (ulong)((long)a / (long)b),
        (0x4, _) => a | b,
        (0x5, _) => a & b,
        (0x6, _) => a << (int)(b % 64),
        (0x7, _) => a >> (int)(b % 64),
        (0x8, _) => (ulong)-(long)a,
        (0x9, 0) => b == 0 ? a : a % b,
        (0x9, _) => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
        (0xa, _) => a ^ b,
        (0xb, 0) => b,
        (0xb, 8) => (ulong)(sbyte)b,
        (0xb, 16) => (ulong)(short)b,
        (0xb, 32) => (ulong)(int)b,
        (0xc, _) => (ulong)((long)a >> (int)(b % 64)),
        var other => throw new InvalidOperationException($"alu {other}"),
    };

    private static ulong Alu32(Instruction i, uint a, uint b) => (i.Code >> 4, i.Off) switch
    {
        (0x0, _) => unchecked(a + b),
        (0x1, _) => unchecked(a - b),
        (0x2, _) => unchecked(a * b),
        (0x3, 0) => b == 0 ? 0 : a / b,
        (0x3, _) => b == 0 ? 0 : b == uint.MaxValue ? (uint)-(int)a : (uint)((int)a / (int)b),
        (0x4, _) => a | b,
        (0x5, _) => a & b,
        (0x6, _) => a << (int)(b % 32),
        (0x7, _) => a >> (int)(b % 32),
        (0x8, _) => (uint)-(int)a,
        (0x9, 0) => b == 0 ? a : a % b,
        (0x9, _) => b == 0 ? a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b),
        (0xa, _) => a ^ b,
        (0xb, 0) => b,
        (0xb, 8) => (uint)(sbyte)b,
        (0xb, 16) => (uint)(short)b,
        (0xc, _) => (uint)((int)a >> (int)(b % 32)),
        var other => throw new InvalidOperationException($"alu32 {other}"),
    };

    private static ulong Swap(ulong value, int bits, bool swap) => (bits, swap) switch
    {
        (16, true) => BinaryPrimitives.ReverseEndianness((ushort)value),
        (32, true) => BinaryPrimitives.ReverseEndianness((uint)value),
        (64, true) => BinaryPrimitives.ReverseEndianness(value),
        (16, false) => (ushort)value,
        (32, false) => (uint)value,
        _ => value,
    };

    private static void Atomic(Instruction i, ulong[] r, MachineMemory memory)
    {
        int size = Width(i);
        if (i.Imm == 0x100)
        {
            r[i.Dst] = memory.Read(r[i.Src] + (ulong)(long)i.Off, size);
            return;
        }

        if (i.Imm == 0x110)
        {
            memory.Write(r[i.Dst] + (ulong)(long)i.Off, size, r[i.Src]);
            return;
        }

        ulong address = r[i.Dst] + (ulong)(long)i.Off, operand = size == 4 ? (uint)r[i.Src] : r[i.Src], old = memory.Read(address, size);
        switch (i.Imm)
        {
            case 0xf1:
                if (old == (size == 4 ? (uint)r[0] : r[0])) memory.Write(address, size, operand);
                r[0] = old;
                return;
            case 0xe1:
                memory.Write(address, size, operand);
                r[i.Src] = old;
                return;
            default:
                memory.Write(address, size,
                    (i.Imm & ~1) switch { 0x00 => old + operand, 0x40 => old | operand, 0x50 => old & operand, _ => old ^ operand });
                if ((i.Imm & 1) != 0) r[i.Src] = old;
                return;
        }
    }
}
