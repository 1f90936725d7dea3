namespace Skep.Isa;

public sealed partial class Assembler
{
    /// <summary><c>goto target</c></summary>
    public Assembler Jump(Label target) => EmitTo(target, new(Opcodes.Jump, 0, 0, 0, 0));

    /// <summary><c>gotol target</c> (Linux 6.6)</summary>
    public Assembler JumpLong(Label target) => EmitTo(target, new(Opcodes.JumpLong, 0, 0, 0, 0));

    /// <summary><c>may_goto target</c> (Linux 6.9)</summary>
    public Assembler MayGoto(Label target) => EmitTo(target, new(Opcodes.MayGoto, 0, 0, 0, 0));

    /// <summary><c>if dst ? src goto target</c>, 64-bit.</summary>
    public Assembler JumpIf(Condition condition, Register dst, Register src, Label target) =>
        EmitTo(target, new(Opcodes.Jmp(InstructionClass.Jmp, condition, OperandSource.Register), (int)dst, (int)src, 0, 0));

    /// <summary><c>if dst ? imm goto target</c>, 64-bit; the immediate is sign-extended.</summary>
    public Assembler JumpIf(Condition condition, Register dst, int imm, Label target) =>
        EmitTo(target, new(Opcodes.Jmp(InstructionClass.Jmp, condition, OperandSource.Immediate), (int)dst, 0, 0, imm));

    /// <summary><c>if dst ? src goto target</c>, 32-bit (Linux 5.1).</summary>
    public Assembler JumpIf32(Condition condition, Register dst, Register src, Label target) =>
        EmitTo(target, new(Opcodes.Jmp(InstructionClass.Jmp32, condition, OperandSource.Register), (int)dst, (int)src, 0, 0));

    /// <summary><c>if dst ? imm goto target</c>, 32-bit (Linux 5.1).</summary>
    public Assembler JumpIf32(Condition condition, Register dst, int imm, Label target) =>
        EmitTo(target, new(Opcodes.Jmp(InstructionClass.Jmp32, condition, OperandSource.Immediate), (int)dst, 0, 0, imm));

    /// <summary>Calls a helper.</summary>
    /// <param name="helper">Its id, see <see cref="HelperNames"/>.</param>
    public Assembler Call(int helper) => Emit(new(Opcodes.Call, 0, CallSource.Helper, 0, helper));

    /// <summary>Calls a helper by its name.</summary>
    /// <param name="helper"><c>bpf_map_lookup_elem</c>.</param>
    /// <exception cref="ArgumentException">No helper has that name.</exception>
    public Assembler Call(string helper) => HelperNames.TryGetId(helper, out int id)
        ? Call(id) : throw new ArgumentException($"no helper has the name {helper}", nameof(helper));

    /// <summary>Calls a kernel function (Linux 5.13).</summary>
    /// <param name="btfId">BTF id of the function.</param>
    /// <param name="module">Index of the module's BTF in <c>fd_array</c>, or 0 for vmlinux.</param>
    public Assembler CallKfunc(int btfId, short module = 0) => Emit(new(Opcodes.Call, 0, CallSource.Kfunc, module, btfId));

    /// <summary>Calls a function of the program (Linux 4.16).</summary>
    public Assembler CallLocal(Label function) => EmitTo(function, new(Opcodes.Call, 0, CallSource.Local, 0, 0));

    /// <summary>Returns R0.</summary>
    public Assembler Exit() => Emit(new(Opcodes.Exit, 0, 0, 0, 0));
}
