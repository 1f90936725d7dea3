namespace Skep.Isa;

public sealed partial class Assembler
{
    /// <summary><c>dst = *(size *)(src + off)</c>, zero-extended.</summary>
    public Assembler Load(MemorySize size, Register dst, Register src, short off = 0) =>
        Emit(new(Opcodes.Memory(InstructionClass.Ldx, MemoryMode.Mem, size), (int)dst, (int)src, off, 0));

    /// <summary><c>dst = *(signed size *)(src + off)</c>, sign-extended to 64 bits (Linux 6.6).</summary>
    /// <exception cref="ArgumentOutOfRangeException">8 bytes have no sign extension.</exception>
    public Assembler LoadSignExtend(MemorySize size, Register dst, Register src, short off = 0) => size != MemorySize.Double
        ? Emit(new(Opcodes.Memory(InstructionClass.Ldx, MemoryMode.MemSx, size), (int)dst, (int)src, off, 0))
        : throw new ArgumentOutOfRangeException(nameof(size), size, "a sign-extending load takes 1, 2 or 4 bytes");

    /// <summary><c>*(size *)(dst + off) = src</c></summary>
    public Assembler Store(MemorySize size, Register dst, short off, Register src) =>
        Emit(new(Opcodes.Memory(InstructionClass.Stx, MemoryMode.Mem, size), (int)dst, (int)src, off, 0));

    /// <summary><c>*(size *)(dst + off) = imm</c>; for 8 bytes the immediate is sign-extended.</summary>
    public Assembler Store(MemorySize size, Register dst, short off, int imm) =>
        Emit(new(Opcodes.Memory(InstructionClass.St, MemoryMode.Mem, size), (int)dst, 0, off, imm));

    /// <summary>An atomic read-modify-write of <c>*(size *)(dst + off)</c> with <paramref name="src"/>.</summary>
    /// <param name="op">The operation; not a load or store.</param>
    /// <param name="size">4 or 8 bytes.</param>
    /// <param name="dst">Register of the address.</param>
    /// <param name="off">Offset in bytes.</param>
    /// <param name="src">Operand, and result where the operation returns the old value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another size, or no such operation.</exception>
    public Assembler Atomic(AtomicOp op, MemorySize size, Register dst, short off, Register src)
    {
        if (size is not (MemorySize.Word or MemorySize.Double))
            throw new ArgumentOutOfRangeException(nameof(size), size, "an atomic read-modify-write takes 4 or 8 bytes");
        if (op is AtomicOp.LoadAcquire or AtomicOp.StoreRelease)
            throw new ArgumentOutOfRangeException(nameof(op), op, "not a read-modify-write (use LoadAcquire or StoreRelease)");
        return Emit(new(Opcodes.Memory(InstructionClass.Stx, MemoryMode.Atomic, size), (int)dst, (int)src, off, (int)op));
    }

    /// <summary><c>lock *(size *)(dst + off) += src</c>, 4 or 8 bytes.</summary>
    public Assembler AtomicAdd(MemorySize size, Register dst, short off, Register src) => Atomic(AtomicOp.Add, size, dst, off, src);

    /// <summary><c>src = atomic_fetch_add(dst + off, src)</c>, 4 or 8 bytes (Linux 5.12).</summary>
    public Assembler AtomicFetchAdd(MemorySize size, Register dst, short off, Register src) =>
        Atomic(AtomicOp.FetchAdd, size, dst, off, src);

    /// <summary><c>src = xchg(dst + off, src)</c>, 4 or 8 bytes (Linux 5.12).</summary>
    public Assembler Exchange(MemorySize size, Register dst, short off, Register src) => Atomic(AtomicOp.Exchange, size, dst, off, src);

    /// <summary><c>r0 = cmpxchg(dst + off, r0, src)</c>, 4 or 8 bytes (Linux 5.12).</summary>
    public Assembler CompareExchange(MemorySize size, Register dst, short off, Register src) =>
        Atomic(AtomicOp.CompareExchange, size, dst, off, src);

    /// <summary><c>dst = load_acquire(src + off)</c> (Linux 6.15).</summary>
    public Assembler LoadAcquire(MemorySize size, Register dst, Register src, short off = 0) =>
        Emit(new(Opcodes.Memory(InstructionClass.Stx, MemoryMode.Atomic, size), (int)dst, (int)src, off, (int)AtomicOp.LoadAcquire));

    /// <summary><c>store_release(dst + off, src)</c> (Linux 6.15).</summary>
    public Assembler StoreRelease(MemorySize size, Register dst, short off, Register src) =>
        Emit(new(Opcodes.Memory(InstructionClass.Stx, MemoryMode.Atomic, size), (int)dst, (int)src, off, (int)AtomicOp.StoreRelease));

    /// <summary>Legacy packet load: <c>r0 = ntoh(*(size *)skb[off])</c>. R6 holds the context; R1 to R5 are lost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">8 bytes.</exception>
    public Assembler LoadPacket(MemorySize size, int off) => LoadPacket(MemoryMode.Abs, size, 0, off);

    /// <summary>Legacy packet load: <c>r0 = ntoh(*(size *)skb[src + off])</c>. R6 holds the context; R1 to R5 are lost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">8 bytes.</exception>
    public Assembler LoadPacket(MemorySize size, Register src, int off) => LoadPacket(MemoryMode.Ind, size, src, off);

    /// <summary>A 64-bit number; two slots.</summary>
    public Assembler LoadImm64(Register dst, ulong value) => Wide(WideSource.Number, dst, (int)value, (int)(value >> 32));

    /// <summary>A 64-bit number; two slots.</summary>
    public Assembler LoadImm64(Register dst, long value) => LoadImm64(dst, (ulong)value);

    /// <summary>A map; two slots.</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="fd">The map's file descriptor at load time.</param>
    public Assembler LoadMapFd(Register dst, int fd) => Wide(WideSource.MapFd, dst, fd, 0);

    /// <summary>An address in the first value of an array map; two slots (Linux 5.2).</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="fd">The map's file descriptor at load time.</param>
    /// <param name="offset">Offset in bytes into the value.</param>
    public Assembler LoadMapValue(Register dst, int fd, int offset) => Wide(WideSource.MapValue, dst, fd, offset);

    /// <summary>A map by index into the load call's <c>fd_array</c>; two slots (Linux 5.14).</summary>
    public Assembler LoadMapIndex(Register dst, int index) => Wide(WideSource.MapIndex, dst, index, 0);

    /// <summary>An address in the first value of a map by index into the load call's <c>fd_array</c>; two slots (Linux 5.14).</summary>
    public Assembler LoadMapIndexValue(Register dst, int index, int offset) => Wide(WideSource.MapIndexValue, dst, index, offset);

    /// <summary>The address of a kernel variable; two slots (Linux 5.10).</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="id">BTF id of the variable.</param>
    /// <param name="btfFd">File descriptor of a module's BTF, or 0 for vmlinux.</param>
    public Assembler LoadBtfId(Register dst, int id, int btfFd = 0) => Wide(WideSource.BtfId, dst, id, btfFd);

    /// <summary>The address of a function of the program, as callbacks need it; two slots (Linux 5.13).</summary>
    public Assembler LoadFunction(Register dst, Label function) =>
        EmitTo(function, new(Opcodes.LoadImmediate64, (int)dst, WideSource.Function, 0, 0)).Emit(default);

    private Assembler LoadPacket(byte mode, MemorySize size, Register src, int off) => size != MemorySize.Double
        ? Emit(new(Opcodes.Memory(InstructionClass.Ld, mode, size), 0, (int)src, 0, off))
        : throw new ArgumentOutOfRangeException(nameof(size), size, "a packet load takes 1, 2 or 4 bytes");

    private Assembler Wide(byte source, Register dst, int low, int high) =>
        Emit(new(Opcodes.LoadImmediate64, (int)dst, source, 0, low)).Emit(new(0, 0, 0, 0, high));
}
