using Skep.Analysis.Decompile.Lift;
using Skep.Isa;
using Label = Skep.Analysis.Decompile.Lift.Label;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>Runs the statements of a lifted function.</summary>
internal sealed class LiftedMachine(MachineMemory memory)
{
    private enum Op
    {
        Run,
        Jump,
        JumpIfNot,
    }

    private readonly Dictionary<Variable, ulong> _variables = [];
    private readonly List<(Op Op, Statement? Statement, Expression? Condition, int Target)> _code = [];
    private readonly Dictionary<int, int> _labels = [];
    private readonly List<(int At, int Label)> _jumps = [];

    public ulong? Run(LiftedFunction function, int steps)
    {
        Compile(function.Body, [], -1, null);
        foreach ((int at, int label) in _jumps) _code[at] = _code[at] with { Target = _labels[label] };
        if (function.Parameters is [{ } context, ..]) _variables[context] = MachineMemory.BufferAddress;
        for (int at = 0; steps-- > 0; at++)
        {
            (Op op, Statement? statement, Expression? condition, int target) = _code[at];
            switch (op)
            {
                case Op.Jump:
                    at = target - 1;
                    break;
                case Op.JumpIfNot:
                    if (Value(condition!) == 0) at = target - 1;
                    break;
                default:
                    switch (statement)
                    {
                        case Return returned:
                            return Value(returned.Value!);
                        case Assign assign:
                            _variables[assign.Target!] = Value(assign.Value);
                            break;
                        case Evaluate evaluate:
                            Value(evaluate.Value);
                            break;
                        case Store store:
                            memory.Write(Value(store.Address) + (ulong)store.Offset, store.Bytes, Value(store.Value));
                            break;
                        default:
                            throw new InvalidOperationException($"{statement} is no statement that runs");
                    }

                    break;
            }
        }

        return null;
    }

    private void Compile(IReadOnlyList<Statement> statements, List<int> breaks, int start, List<int>? continues)
    {
        foreach (Statement statement in statements)
        {
            switch (statement)
            {
                case Label label:
                    Assert.True(_labels.TryAdd(label.Target, _code.Count), "a label stands twice");
                    break;
                case Goto jump:
                    _jumps.Add((_code.Count, jump.Target));
                    _code.Add((Op.Jump, null, null, -1));
                    break;
                case Break:
                    breaks.Add(_code.Count);
                    _code.Add((Op.Jump, null, null, -1));
                    break;
                case Continue:
                    continues?.Add(_code.Count);
                    _code.Add((Op.Jump, null, null, start));
                    break;
                case If choice:
                    int test = _code.Count;
                    _code.Add((Op.JumpIfNot, null, choice.Condition, -1));
                    Compile(choice.Then, breaks, start, continues);
                    int skip = _code.Count;
                    _code.Add((Op.Jump, null, null, -1));
                    _code[test] = _code[test] with { Target = _code.Count };
                    Compile(choice.Else, breaks, start, continues);
                    _code[skip] = _code[skip] with { Target = _code.Count };
                    break;
                case Loop loop:
                    CompileLoop(loop);
                    break;
                default:
                    _code.Add((Op.Run, statement, null, -1));
                    break;
            }
        }
    }

    // As C has it: continue in a do-while goes to its condition.
    private void CompileLoop(Loop loop)
    {
        var breaks = new List<int>();
        var continues = new List<int>();
        int top = _code.Count;
        if (loop.Form == LoopForm.While)
        {
            breaks.Add(_code.Count);
            _code.Add((Op.JumpIfNot, null, loop.Condition, -1));
        }

        Compile(loop.Body, breaks, top, continues);
        int bottom = _code.Count;
        if (loop.Form == LoopForm.DoWhile)
        {
            breaks.Add(_code.Count);
            _code.Add((Op.JumpIfNot, null, loop.Condition, -1));
            foreach (int at in continues) _code[at] = _code[at] with { Target = bottom };
        }

        _code.Add((Op.Jump, null, null, top));
        foreach (int at in breaks) _code[at] = _code[at] with { Target = _code.Count };
    }

    private ulong Value(Expression expression)
    {
        switch (expression)
        {
            case Number number:
                return number.Value;
            case Use use:
                return _variables.GetValueOrDefault(use.Variable);
            case FrameAddress frame:
                return MachineMemory.FrameTop + (ulong)frame.Offset;
            case Binary binary:
                ulong left = Value(binary.Left);
                return Arithmetic.Binary(binary.Operator, binary.Bits, left, Value(binary.Right));
            case Negation negation:
                return Arithmetic.Negate(negation.Bits, Value(negation.Value));
            case ByteOrder order:
                return Arithmetic.Reorder(order.Kind, order.Bits, Value(order.Value));
            case Extension extension:
                return Arithmetic.Extend(extension.From, extension.To, extension.IsSigned, Value(extension.Value));
            case Load load:
                ulong loaded = memory.Read(Value(load.Address) + (ulong)load.Offset, load.Bytes);
                return load.IsSigned ? Arithmetic.Extend(load.Bytes * 8, 64, true, loaded) : loaded;
            case Comparison comparison:
                ulong a = Value(comparison.Left);
                return Arithmetic.Compare(comparison.Condition, comparison.Bits, a, Value(comparison.Right)) ? 1ul : 0;
            case Not not:
                return Value(not.Value) == 0 ? 1ul : 0;
            case Logic logic:
                return logic.IsAnd == (Value(logic.Left) != 0) ? Value(logic.Right) : logic.IsAnd ? 0ul : 1;
            case Call call:
                return memory.Call(call.Instruction.Imm, [.. call.Parts.Select(Value)]);
            case Atomic atomic:
                return Run(atomic);
            default:
                throw new InvalidOperationException($"{expression} has no value");
        }
    }

    private ulong Run(Atomic atomic)
    {
        DecodedInstruction item = atomic.Instruction;
        ulong mask = item.Bytes == 4 ? uint.MaxValue : ulong.MaxValue;
        ulong address = Value(atomic.Address) + (ulong)atomic.Offset, operand = Value(atomic.Operand) & mask,
            old = memory.Read(address, item.Bytes);
        ulong? now = item.AtomicOp switch
        {
            AtomicOp.CompareExchange => (Value(atomic.Parts[2]) & mask) == old ? operand : null,
            AtomicOp.Exchange => operand,
            AtomicOp.Add or AtomicOp.FetchAdd => old + operand,
            AtomicOp.Or or AtomicOp.FetchOr => old | operand,
            AtomicOp.And or AtomicOp.FetchAnd => old & operand,
            _ => old ^ operand,
        };
        if (now is { } value) memory.Write(address, item.Bytes, value);
        return old;
    }
}
