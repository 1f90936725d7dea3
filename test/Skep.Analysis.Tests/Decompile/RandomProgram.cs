using System;
using CsCheck;
using Skep.Isa;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Random programs that keep to memory that is there: the buffer by r6, the frame by r10 and r9.</summary>
internal static class RandomProgram
{
    private static readonly int[] Data = [0, 1, 2, 3, 4, 5, 7, 8];
    private static readonly AluOp[] Binaries =
        [AluOp.Add, AluOp.Sub, AluOp.Mul, AluOp.Div, AluOp.Or, AluOp.And, AluOp.Lsh, AluOp.Rsh, AluOp.Mod, AluOp.Xor, AluOp.Arsh,
            AluOp.Mov];
    private static readonly JumpOp[] Comparisons =
        [JumpOp.Jeq, JumpOp.Jgt, JumpOp.Jge, JumpOp.Jset, JumpOp.Jne, JumpOp.Jsgt, JumpOp.Jsge, JumpOp.Jlt, JumpOp.Jle, JumpOp.Jslt,
            JumpOp.Jsle];
    private static readonly AtomicOp[] Atomics =
        [AtomicOp.Add, AtomicOp.Or, AtomicOp.And, AtomicOp.Xor, AtomicOp.FetchAdd, AtomicOp.FetchOr, AtomicOp.FetchAnd, AtomicOp.FetchXor,
            AtomicOp.Exchange, AtomicOp.CompareExchange];
    private const int Spills = 6, Shared = 16;

    /// <summary>Programs of any flow.</summary>
    public static readonly Gen<Instruction[]> AnyFlow = Of(calls: true, backward: true);

    /// <summary>Programs that go forward only and call nothing: the verifier accepts them as syscall programs.</summary>
    public static readonly Gen<Instruction[]> Verifiable = Of(calls: false, backward: false);

    /// <summary>Programs of any flow that call nothing.</summary>
    public static readonly Gen<Instruction[]> Loops = Of(calls: false, backward: true);

    /// <summary>How many arguments the calls of random programs take.</summary>
    public static int Arguments(int helper) => helper % 4;

    internal static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<Instruction[]> Of(bool calls, bool backward) =>
        Gen.Select(Gen.Int[0, 99], OneOf(Data), OneOf(Data), Gen.Int[0, 1000],
            Gen.OneOf(Gen.Int[-3, 70], Gen.Int, OneOf(-1, int.MinValue, int.MaxValue, 0xffff)),
            (kind, dst, src, pick, imm) => (kind, dst, src, pick, imm))
            .Array[3, 45].Select(items => Assemble(items, calls, backward));

    private static Instruction[] Assemble((int Kind, int Dst, int Src, int Pick, int Imm)[] items, bool calls, bool backward)
    {
        var code = new List<Instruction> { new(0xbf, 6, 1, 0, 0), new(0xbf, 9, 10, 0, 0), new(0x07, 9, 0, 0, -Shared) };
        foreach (int register in Data) code.Add(new(0x79, register, 6, (short)(8 * (register % 8)), 0));
        for (int slot = 1; slot <= Spills + 2; slot++) code.Add(new(0x7a, 10, 0, (short)(-8 * slot), slot * 77));
        var starts = new List<int>();
        var jumps = new List<(int At, int Item, int Target)>();
        foreach (var item in items)
        {
            starts.Add(code.Count);
            Add(code, jumps, item, starts.Count - 1, items.Length, calls, backward);
        }

        starts.Add(code.Count);
        code.Add(new(0x95, 0, 0, 0, 0));
        foreach ((int at, _, int target) in jumps)
        {
            Instruction jump = code[at];
            code[at] = new(jump.Code, jump.Dst, jump.Src, (short)(starts[target] - at - 1), jump.Imm);
        }

        return [.. code];
    }

    private static void Add(List<Instruction> code, List<(int, int, int)> jumps, (int Kind, int Dst, int Src, int Pick, int Imm) item,
        int number, int count, bool calls, bool backward)
    {
        (int kind, int dst, int src, int pick, int imm) = item;
        bool bySource = pick % 2 == 0, wide = pick % 4 < 2;
        int size = pick % 4, bytes = 1 << size;
        byte width = (byte)(size switch { 0 => MemorySize.Byte, 1 => MemorySize.Half, 2 => MemorySize.Word, _ => MemorySize.Double });
        switch (kind)
        {
            case < 34:
                AluOp op = Binaries[pick % Binaries.Length];
                if (op is AluOp.Lsh or AluOp.Rsh or AluOp.Arsh) imm &= wide ? 63 : 31;
                if (op is AluOp.Div or AluOp.Mod && imm == 0) imm = 7;
                short off =
                    (short)(op is AluOp.Div or AluOp.Mod && pick % 3 == 0
                        ? 1 : op == AluOp.Mov && bySource ? (pick % 5) switch { 0 => 8, 1 => 16, 2 when wide => 32, _ => 0 } : 0);
                code.Add(new((byte)((wide ? 7 : 4) | (int)op | (bySource ? 8 : 0)), dst, bySource ? src : 0, off, bySource ? 0 : imm));
                break;
            case < 38:
                code.Add(new((byte)((wide ? 0x87 : 0x84)), dst, 0, 0, 0));
                break;
            case < 43:
                code.Add(new((byte)((pick % 3) switch { 0 => 0xd4, 1 => 0xdc, _ => 0xd7 }), dst, 0, 0, 16 << (pick % 7 % 3)));
                break;
            case < 46:
                code.Add(new(0x18, dst, 0, 0, imm));
                code.Add(new(0, 0, 0, 0, pick * 7919));
                break;
            case < 54:
                code.Add(
                    new((byte)(1 | (pick % 5 == 0 && size < 3 && backward ? 0x80 : 0x60) | width), dst, 6,
                        (short)(pick % (MachineMemory.BufferSize / bytes) * bytes), 0));
                break;
            case < 60:
                code.Add(
                    new((byte)((bySource ? 3 : 2) | 0x60 | width), 6, bySource ? src : 0,
                        (short)(pick % (MachineMemory.BufferSize / bytes) * bytes), bySource ? 0 : imm));
                break;
            case < 66:
                code.Add(new(0x7b, 10, src, (short)(-Shared - (8 * (1 + (pick % Spills)))), 0));
                break;
            case < 72:
                code.Add(new(0x79, dst, 10, (short)(-Shared - (8 * (1 + (pick % Spills)))), 0));
                break;
            case < 75:
                code.Add(
                    new((byte)(0x63 | (pick % 2 == 0 ? 0 : 0x18)), pick % 3 == 0 ? 9 : 10, src, (short)(pick % 3 == 0 ? 0 : -Shared), 0));
                break;
            case < 78:
                code.Add(new((byte)(0x61 | (pick % 2 == 0 ? 0 : 0x18)), dst, pick % 3 == 0 ? 9 : 10, (short)(pick % 3 == 0 ? 8 : -8), 0));
                break;
            case < 82:
                bool frame = !calls || pick % 5 == 0;
                if (pick % 7 == 3)
                {
                    bool acquire = pick % 2 == 0;
                    code.Add(
                        new((byte)(0xc3 | (wide ? 0x18 : 0)), acquire ? dst : 9, acquire ? 9 : src, 0,
                            (int)(acquire ? AtomicOp.LoadAcquire : AtomicOp.StoreRelease)));
                    break;
                }

                code.Add(
                    new((byte)(0xc3 | (wide ? 0x18 : 0)), frame ? 9 : 6, src, (short)(frame ? 0 : pick % 7 * 8),
                        (int)Atomics[pick % Atomics.Length]));
                break;
            case < 86 when calls:
                if (pick % 3 == 0) code.Add(new(0xbf, 1, pick % 2 == 0 ? 9 : 6, 0, 0));
                code.Add(new(0x85, 0, 0, 0, 1 + (pick % 11)));
                for (int register = 1; register <= 5; register++) code.Add(new(0xb7, register, 0, 0, pick + register));
                break;
            case < 88 when number > 2 && backward:
                code.Add(new(0x95, 0, 0, 0, 0));
                break;
            default:
                int target = backward && pick % 4 == 0 ? pick % (number + 1) : number + 1 + (pick % (count - number));
                jumps.Add((code.Count, number, target));
                byte jump =
                    (byte)((kind >= 98 && backward ? 5 : wide ? 5 : 6) | (kind >= 98 && backward
                        ? 0 : (int)Comparisons[pick % Comparisons.Length]) | (!(kind >= 98 && backward) && bySource ? 8 : 0));
                code.Add(
                    new(jump, kind >= 98 && backward ? 0 : dst, !(kind >= 98 && backward) && bySource ? src : 0, 0,
                        kind >= 98 && backward || bySource ? 0 : imm));
                break;
        }
    }
}
