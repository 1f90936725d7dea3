using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// Makes programs that the verifier takes: arithmetic of all kinds, jumps, memory of the stack, the packet and maps, atomics, calls. Of
/// their registers r6 is the context, r7 the packet, r8 a value of an array; the others are numbers, all of them written.
/// </summary>
internal sealed class RandomProgram(Random random, BpfProgramType type)
{
    internal const int PacketBytes = 64, ValueBytes = 64, StackBytes = 64;

    private const int MapLookup = 1, MapUpdate = 2, MapDelete = 3, ChecksumDifference = 28;

    private static readonly Register[] Numbers = [R0, R1, R2, R3, R4, R5, R9];
    private static readonly AluOp[] Operations =
        [AluOp.Add, AluOp.Sub, AluOp.Mul, AluOp.Div, AluOp.Or, AluOp.And, AluOp.Lsh, AluOp.Rsh, AluOp.Mod, AluOp.Xor, AluOp.Arsh,
            AluOp.Mov];
    private static readonly MemorySize[] Sizes = [MemorySize.Byte, MemorySize.Half, MemorySize.Word, MemorySize.Double];
    private static readonly Condition[] Conditions = Enum.GetValues<Condition>();
    private static readonly AtomicOp[] Atomics =
        [AtomicOp.Add, AtomicOp.Or, AtomicOp.And, AtomicOp.Xor, AtomicOp.FetchAdd, AtomicOp.FetchOr, AtomicOp.FetchAnd, AtomicOp.FetchXor,
            AtomicOp.Exchange, AtomicOp.CompareExchange];

    private readonly Assembler _code = new();
    private readonly List<Label> _functions = [];

    private bool HasPacket => type is BpfProgramType.Xdp or BpfProgramType.SchedCls or BpfProgramType.CgroupSkb;

    /// <summary>The maps that the programs use, by index.</summary>
    internal static MapDefinition[] Maps =>
    [
        new("array", BpfMapType.Array, 4, ValueBytes, 4) { Flags = MapFlags.Mappable },
        new("hash", BpfMapType.Hash, 4, 16, 32) { Flags = MapFlags.NoPreallocation },
    ];

    internal static Instruction[] Make(Random random, BpfProgramType type) => new RandomProgram(random, type).Build();

    private Instruction[] Build()
    {
        Label end = _code.DefineLabel("end");
        _code.Mov(R6, R1);
        if (HasPacket)
        {
            int data = type == BpfProgramType.Xdp ? 0 : 76;
            _code.Load(MemorySize.Word, R7, R6, (short)data).Load(MemorySize.Word, R2, R6, (short)(data + 4)).Mov(R3, R7)
                .Add(R3, PacketBytes).Mov(R0, 77).JumpIf(Condition.Greater, R3, R2, end);
        }

        _code.Store(MemorySize.Word, R10, -4, 0).LoadMapIndex(R1, 0).Mov(R2, R10).Add(R2, -4).Call(MapLookup)
            .JumpIf(Condition.Equal, R0, 0, end).Mov(R8, R0);
        foreach (Register register in Numbers) Number(register);
        for (short at = -StackBytes; at < 0; at += 8) _code.Store(MemorySize.Double, R10, at, Any(Numbers));
        int items = random.Next(10, 60);
        for (int i = 0; i < items; i++) Item(3);

        // All that was computed ends in the second half of the value, and the low half of the result is returned.
        for (int i = 0; i < Numbers.Length; i++) _code.Store(MemorySize.Double, R8, (short)(i * 8), Numbers[i]);
        _code.Bind(end);
        if (type == BpfProgramType.CgroupSkb) _code.And(R0, 1);
        else _code.Xor(R0, random.Next());
        _code.Exit();
        foreach (Label function in _functions) Function(function);
        return _code.Build();
    }

    private void Function(Label label)
    {
        _code.Bind(label).Mov(R0, R1);
        for (int i = random.Next(8); i >= 0; i--) Arithmetic(Any([R0, R1, R2, R3, R4, R5]), Any([R0, R1, R2, R3, R4, R5]));
        _code.Exit();
    }

    private void Item(int depth)
    {
        switch (random.Next(depth > 0 ? 22 : 19))
        {
            case < 9:
                Arithmetic(Any(Numbers), Any(Numbers));
                break;
            case 9:
                Number(Any(Numbers));
                break;
            case < 13:
                Load();
                break;
            case < 16:
                Store();
                break;
            case < 18:
                Atomic();
                break;
            case 18:
                _code.LoadImm64(Any(Numbers), Special());
                break;
            case 19:
                Skip(depth);
                break;
            case 20:
                Loop();
                break;
            default:
                Call();
                break;
        }
    }

    private void Arithmetic(Register dst, Register src)
    {
        int imm = Immediate();
        switch (random.Next(12))
        {
            case 0:
                _code.MovSx(dst, src, 8 << random.Next(3));
                break;
            case 1:
                _code.MovSx32(dst, src, 8 << random.Next(2));
                break;
            case 2:
                Swap(dst);
                break;
            case 3:
                if (random.Next(2) == 0) _code.Neg(dst);
                else _code.Neg32(dst);
                break;
            case 4:
                SignedDivision(dst, src, imm == 0 ? -1 : imm);
                break;
            default:
                AluOp op = Any(Operations);
                bool wide = random.Next(2) == 0;
                if (op is AluOp.Lsh or AluOp.Rsh or AluOp.Arsh) imm = random.Next(wide ? 64 : 32);
                if (op is AluOp.Div or AluOp.Mod && imm == 0) imm = 1;
                if (random.Next(2) == 0) _ = wide ? _code.Alu(op, dst, imm) : _code.Alu32(op, dst, imm);
                else _ = wide ? _code.Alu(op, dst, src) : _code.Alu32(op, dst, src);
                break;
        }
    }

    private void SignedDivision(Register dst, Register src, int imm)
    {
        _ = random.Next(8) switch
        {
            0 => _code.SDiv(dst, src),
            1 => _code.SDiv(dst, imm),
            2 => _code.SDiv32(dst, src),
            3 => _code.SDiv32(dst, imm),
            4 => _code.SMod(dst, src),
            5 => _code.SMod(dst, imm),
            6 => _code.SMod32(dst, src),
            _ => _code.SMod32(dst, imm),
        };
    }

    private void Swap(Register dst)
    {
        int bits = 16 << random.Next(3);
        _ = random.Next(3) switch
        {
            0 => _code.ByteSwap(dst, bits),
            1 => _code.ToBigEndian(dst, bits),
            _ => _code.ToLittleEndian(dst, bits),
        };
    }

    private void Load()
    {
        (Register at, short offset, MemorySize size) = Place();
        Register dst = Any(Numbers);
        if (size != MemorySize.Double && random.Next(3) == 0) _code.LoadSignExtend(size, dst, at, offset);
        else if (at != R7 && random.Next(6) == 0) _code.LoadAcquire(size, dst, at, offset);
        else _code.Load(size, dst, at, offset);
    }

    private void Store()
    {
        (Register at, short offset, MemorySize size) = Place(isWritten: true);
        if (random.Next(3) == 0) _code.Store(size, at, offset, Immediate());
        else if (at != R7 && random.Next(6) == 0) _code.StoreRelease(size, at, offset, Any(Numbers));
        else _code.Store(size, at, offset, Any(Numbers));
    }

    private void Atomic()
    {
        bool wide = random.Next(2) == 0;
        (Register at, int room) = random.Next(2) == 0 ? (R10, StackBytes) : (R8, ValueBytes);
        int bytes = wide ? 8 : 4, offset = random.Next(room / bytes) * bytes;
        Register src = Any(Numbers);
        MemorySize size = wide ? MemorySize.Double : MemorySize.Word;

        // The verifier of Linux 6.18 does not mark the stack that a fetch reads as precise (backtrack_insn), prunes a path on which it
        // holds another number, and removes a branch that this path takes.
        AtomicOp op = at == R10 ? Any(Atomics.AsSpan(0, 4)) : Any(Atomics.AsSpan());
        short place = (short)(at == R10 ? offset - room : offset);
        _ = op switch
        {
            AtomicOp.Exchange => _code.Exchange(size, at, place, src),
            AtomicOp.CompareExchange => _code.CompareExchange(size, at, place, src),
            _ => _code.Atomic(op, size, at, place, src),
        };
    }

    private (Register At, short Offset, MemorySize Size) Place(bool isWritten = false)
    {
        MemorySize size = Any(Sizes);
        int bytes = size switch { MemorySize.Byte => 1, MemorySize.Half => 2, MemorySize.Word => 4, _ => 8 };
        int kind = random.Next(3);
        if (kind == 0 && HasPacket && !(isWritten && type == BpfProgramType.CgroupSkb))
            return (R7, (short)random.Next(PacketBytes - bytes + 1), size);
        if (kind == 1) return (R8, (short)(random.Next(ValueBytes / bytes) * bytes), size);
        return (R10, (short)((random.Next(StackBytes / bytes) * bytes) - StackBytes), size);
    }

    private void Skip(int depth)
    {
        Label after = _code.DefineLabel();
        Condition condition = Any(Conditions);
        Register dst = Any(Numbers);
        _ = random.Next(4) switch
        {
            0 => _code.JumpIf(condition, dst, Any(Numbers), after),
            1 => _code.JumpIf(condition, dst, Immediate(), after),
            2 => _code.JumpIf32(condition, dst, Any(Numbers), after),
            _ => _code.JumpIf32(condition, dst, Immediate(), after),
        };
        for (int i = random.Next(1, 6); i > 0; i--) Item(depth - 1);
        if (random.Next(3) == 0)
        {
            Label other = _code.DefineLabel();
            _ = random.Next(2) == 0 ? _code.Jump(other) : _code.JumpLong(other);
            _code.Bind(after);
            for (int i = random.Next(1, 4); i > 0; i--) Item(depth - 1);
            _code.Bind(other);
        }
        else
        {
            _code.Bind(after);
        }
    }

    private void Loop()
    {
        Register counter = Any(Numbers);
        Register[] others = [.. Numbers.Where(register => register != counter)];
        _code.Mov(counter, random.Next(1, 6));
        Label top = _code.BindNew();
        for (int i = random.Next(1, 4); i > 0; i--) Arithmetic(Any(others), Any(others));
        _code.Sub(counter, 1).JumpIf(Condition.NotEqual, counter, 0, top);
    }

    private void Call()
    {
        short key = (short)((random.Next(StackBytes / 8) * 8) - StackBytes);
        switch (random.Next(5))
        {
            case 0:
                _functions.Add(_code.DefineLabel());
                _code.CallLocal(_functions[^1]);
                break;
            case 1:
                Label missing = _code.DefineLabel();
                Key(key);
                _code.Call(MapLookup).JumpIf(Condition.Equal, R0, 0, missing).Load(MemorySize.Double, R9, R0, 8)
                    .Store(MemorySize.Word, R0, 4, R9).AtomicAdd(MemorySize.Double, R0, 0, R9).Mov(R0, 1).Bind(missing);
                break;
            case 2:
                Key(key);
                _code.Mov(R3, R10).Add(R3, -16 * random.Next(1, 4)).Mov(R4, random.Next(3)).Call(MapUpdate);
                break;
            case 3:
                Key(key);
                _code.Call(MapDelete);
                break;
            default:
                _code.Mov(R5, R9).Mov(R1, R10).Add(R1, -StackBytes).Mov(R2, random.Next(1, 8) * 4).Mov(R3, R10).Add(R3, -StackBytes / 2)
                    .Mov(R4, random.Next(1, 8) * 4);
                if (type is not (BpfProgramType.Xdp or BpfProgramType.SchedCls)) _code.Mov(R0, 0);
                else _code.Call(ChecksumDifference);
                break;
        }

        foreach (Register register in (Register[])[R1, R2, R3, R4, R5]) Number(register);
    }

    // Few keys, so that they meet.
    private void Key(short at) => _code.Load(MemorySize.Word, R1, R10, at).And32(R1, 7).Store(MemorySize.Word, R10, at, R1)
        .LoadMapIndex(R1, 1).Mov(R2, R10).Add(R2, at);

    private void Number(Register register)
    {
        if (HasPacket && random.Next(2) == 0) _code.Load(MemorySize.Double, register, R7, (short)random.Next(PacketBytes - 7));
        else if (random.Next(3) == 0) _code.LoadImm64(register, Special());
        else _code.Mov(register, Immediate());
    }

    private ulong Special() => random.Next(6) switch
    {
        0 => 1UL << random.Next(64),
        1 => (1UL << random.Next(64)) - 1,
        2 => (ulong)-random.NextInt64(10),
        3 => unchecked((ulong)long.MinValue + (ulong)random.Next(2)),
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private int Immediate() => random.Next(5) switch
    {
        0 => random.Next(-3, 4),
        1 => int.MinValue,
        2 => 1 << random.Next(31),
        _ => random.Next(int.MinValue, int.MaxValue),
    };

    private T Any<T>(ReadOnlySpan<T> of) => of[random.Next(of.Length)];
}
