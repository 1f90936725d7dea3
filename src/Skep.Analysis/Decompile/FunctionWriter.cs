using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;
using Arithmetic = Skep.Analysis.Decompile.Lift.Arithmetic;

namespace Skep.Analysis.Decompile;

/// <summary>Writes the statements of a function as lines of pseudo-C.</summary>
internal sealed class FunctionWriter
{
    private const int NamesInLine = 12;
    private const string BySize = "  // type by its size alone";

    private readonly ProgramCode _code;
    private readonly Place _place;
    private readonly LiftedFunction _function;
    private readonly int _arguments;
    private readonly IReadOnlyDictionary<int, string> _functions;
    private readonly VariableTypes _types;
    private readonly VariableNames _names;
    private readonly FrameObjects _frame;
    private readonly ExpressionWriter _expressions;
    private readonly BtfParameter[] _parameters = [];
    private readonly List<PseudoLine> _lines = [];
    private readonly StackText _text = new();

    /// <param name="code">The program.</param>
    /// <param name="place">Finds types.</param>
    /// <param name="function">The function.</param>
    /// <param name="arguments">How many arguments calls of it are written with.</param>
    /// <param name="functions">The names of the program's functions, by their first slots.</param>
    /// <param name="programNames">The names that mean something in the whole program.</param>
    /// <param name="parameterKind">What a parameter of a function is, by the function's first slot and the parameter's place.</param>
    public FunctionWriter(ProgramCode code, Place place, LiftedFunction function, int arguments, IReadOnlyDictionary<int, string> functions,
        IReadOnlySet<string> programNames, Func<int, int, CKind> parameterKind)
    {
        (_code, _place, _function, _arguments, _functions) = (code, place, function, arguments, functions);
        if (code.Btf is { } btf && code.Functions.FirstOrDefault(f => f.Slot == function.Function.Start) is { TypeId: not 0 } own
            && own.TypeId < btf.EndId
            && btf[own.TypeId] is { Kind: BtfKind.Func } type && btf.Resolve(type.TypeId) is { Kind: BtfKind.FuncProto } prototype)
        {
            BtfParameter[] parameters = prototype.GetParameters();

            // Of a static function the compiler takes parameters out that are not used; BTF keeps them, and registers move up.
            if (function.Function.Number == 0 || type.Linkage == BtfLinkage.Global || function.Parameters.Length == parameters.Length)
                _parameters = parameters;
        }

        _types = new VariableTypes(function, place, IsPointer);
        var taken = new TakenNames(programNames);
        _frame = new FrameObjects(function, place, taken);
        _names = new VariableNames(function, code, place, _types, _parameters, taken);
        _expressions =
            new ExpressionWriter(code, place, _types, _names, _frame, slot => functions.GetValueOrDefault(slot) ?? $"function_{slot}",
                parameterKind);
    }

    /// <summary>What a parameter is.</summary>
    public CKind KindOfParameter(int parameter) =>
        parameter < _function.Parameters.Length && _function.Parameters[parameter] is { } variable ? _types.KindOf(variable) : CKind.U64;

    public PseudoFunction Write()
    {
        FlowFunction function = _function.Function;
        string name = _functions[function.Start];
        Add(0, Signature(name), function.Start);
        Add(0, "{", -1);
        int top = _lines.Count;
        WriteDeclarations();
        WriteList(_function.Body, 1);
        if (_expressions.UsesFrame) _lines.Insert(top, new PseudoLine(-1, 1, "u8 frame[0];  // the end of the frame"));
        foreach ((int start, int end) in _function.Unreached) Add(1, $"// Nothing leads to instructions {start} to {end - 1}.", -1);
        Add(0, "}", -1);
        return new PseudoFunction(name, function.Start, function.End, _lines, _function.GotoTargets.Count);
    }

    private string Signature(string name)
    {
        // The types of the prototype would cut what registers pass; only the result of a program that returns an int is known to be cut to
        // 32 bits.
        bool isCut = _code.Type is not (null or BpfProgramType.StructOps);
        string result = _function.Function.Number == 0 && isCut ? "int" : _function.ReturnsValue ? "u64" : "void";
        var parameters = new List<string>();
        for (int i = 0; i < Math.Max(_arguments, _function.Parameters.Length); i++)
        {
            if (i >= _function.Parameters.Length || _function.Parameters[i] is not { } parameter)
            {
                parameters.Add($"u64 {_names.Unique($"unused{i + 1}")}");
                continue;
            }

            parameters.Add(_types.Declare(parameter, _names[parameter]));
        }

        return $"{result} {name}({(parameters.Count == 0 ? "void" : string.Join(", ", parameters))})";
    }

    private bool IsPointer(int parameter) => (_function.Function.Number == 0 && parameter == 0)
        || (parameter < _parameters.Length && _code.Btf!.Resolve(_parameters[parameter].TypeId).Kind == BtfKind.Ptr);

    private void WriteDeclarations()
    {
        int before = _lines.Count;
        foreach (FrameObject item in _frame.All) Add(1, $"{item.Declaration};{(item.BySize ? BySize : "")}", -1);
        var parameters = new HashSet<Variable>(_function.Parameters.OfType<Variable>());
        foreach (Variable variable in _function.Variables)
        {
            if (parameters.Contains(variable) || IsPlain(variable)) continue;
            string unset = variable.IsLiveAtEntry && variable.Definitions == 0 ? "  // never set" : "";
            string guessed =
                _types.ObjectOf(variable) is { Kind: ValueKind.Record } record && _place.TypeOf(record) is not null ? BySize : "";
            Add(1, $"{_types.Declare(variable, _names[variable])};{unset}{guessed}", -1);
        }

        foreach (CKind kind in (CKind[])[CKind.U32, CKind.U64])
        {
            string[] names =
                [
                    .. _function.Variables.Where(v => !parameters.Contains(v) && IsPlain(v) && _types.KindOf(v) == kind)
                        .Select(v => _names[v])];
            foreach (string[] some in names.Chunk(NamesInLine))
                Add(1, $"{(kind == CKind.U32 ? "u32" : "u64")} {string.Join(", ", some)};", -1);
        }

        if (_lines.Count > before) Add(1, "", -1);
    }

    private bool IsPlain(Variable variable) => variable.Definitions > 0 && _types.ObjectOf(variable) is null;

    private void WriteList(IReadOnlyList<Statement> statements, int indent)
    {
        for (int i = 0; i < statements.Count; i++)
        {
            switch (statements[i])
            {
                case If choice:
                    WriteChoice(choice, indent, "");
                    break;
                case Loop loop:
                    WriteLoop(loop, indent);
                    break;
                case Lift.Label label when !_function.GotoTargets.Contains(label.Target):
                    break;
                case Lift.Label label:
                    Add(Math.Max(0, indent - 1), $"L{label.Target}:{(statements.Skip(i + 1).All(rest => rest is Remark) ? ";" : "")}",
                        label.Target);
                    break;
                case Goto jump:
                    bool own =
                        _function.GotoTargets.Contains(jump.Target) && jump.Target >= _function.Function.Start
                            && jump.Target < _function.Function.End;
                    Add(indent, own ? $"goto L{jump.Target};" : $"goto L{jump.Target};  // in another function", -1);
                    break;
                case Break:
                    Add(indent, "break;", -1);
                    break;
                case Continue:
                    Add(indent, "continue;", -1);
                    break;
                case SimpleStatement simple:
                    Add(indent, Simple(simple) + _text.CommentAfter(statements, i), simple.Slot);
                    break;
            }
        }
    }

    private void WriteChoice(If choice, int indent, string before)
    {
        Add(indent, $"{before}if ({_expressions.Condition(choice.Condition)}) {{", choice.Slot);
        WriteList(choice.Then, indent + 1);
        switch (choice.Else)
        {
            case []:
                Add(indent, "}", -1);
                break;
            case [If next]:
                WriteChoice(next, indent, "} else ");
                break;
            default:
                Add(indent, "} else {", -1);
                WriteList(choice.Else, indent + 1);
                Add(indent, "}", -1);
                break;
        }
    }

    private void WriteLoop(Loop loop, int indent)
    {
        string? condition = loop.Condition is { } test ? _expressions.Condition(test) : null;
        Add(indent, loop.Form switch { LoopForm.While => $"while ({condition}) {{", LoopForm.DoWhile => "do {", _ => "while (1) {" },
            loop.Slot);
        WriteList(loop.Body, indent + 1);
        Add(indent, loop.Form == LoopForm.DoWhile ? $"}} while ({condition});" : "}", -1);
    }

    private string Simple(SimpleStatement statement)
    {
        switch (statement)
        {
            case Assign assign:
                return AssignText(assign);
            case Store { Kind: OperationKind.StoreRelease } store:
                CText released = _expressions.Target(store.Address, store.Offset, store.Bytes, store.Slot);
                return $"store_release({ExpressionWriter.AddressOf(released.Text)}, {_expressions.Assigned(store.Value, released.Kind)});";
            case Store store:
                return StoreText(store);
            case Evaluate evaluate:
                return $"{_expressions.Value(evaluate.Value)};";
            case Return { Value: { } value }:
                return $"return {_expressions.Assigned(value, CKind.U64)};";
            case Return:
                return "return;";
            case GotoAddress jump:
                return $"goto *{_expressions.Assigned(jump.Values[0], CKind.Bytes)};";
            case Remark remark:
                return $"// {remark.Text}";
            default:
                throw new InvalidOperationException($"{statement.GetType().Name} cannot be written");
        }
    }

    // i = i + 1 is i++, x = x | 4 is x |= 4, where the variable's own width is the operation's.
    private string AssignText(Assign assign)
    {
        Variable target = assign.Target!;
        string name = _names[target];
        if (assign.Value is Binary { Left: Use { Variable: var self } } binary && ReferenceEquals(self, target)
            && _types.KindOf(target) is CKind.U64 or CKind.U32
            && (binary.Bits == 64) == (_types.KindOf(target) == CKind.U64)
            && binary.Operator is BinaryOperator.Add or BinaryOperator.Or or BinaryOperator.And or BinaryOperator.Xor)
        {
            if (binary is { Operator: BinaryOperator.Add, Right: Number { Value: 1 } }) return $"{name}++;";
            string sign =
                binary.Operator switch { BinaryOperator.Add => "+=", BinaryOperator.Or => "|=", BinaryOperator.And => "&=", _ => "^=" };
            if (binary is { Operator: BinaryOperator.Add, Right: Number } && CText.Literal(((Number)binary.Right).Value).Text[0] == '-')
                sign = "";
            if (sign.Length > 0) return $"{name} {sign} {_expressions.Assigned(binary.Right, CKind.U64)};";
        }

        return $"{name} = {_expressions.Assigned(assign.Value, _types.KindOf(target))};";
    }

    private string StoreText(Store store)
    {
        CText target = _expressions.Target(store.Address, store.Offset, store.Bytes, store.Slot);
        bool isTruth = store.Value is Number { Value: 0 or 1 } or Comparison or Not or Logic;
        return $"{(target.Kind == CKind.Bool && !isTruth ? $"*(u8 *)&{target.Text}" : target.Text)} = {StoredText(store, target.Kind)};";
    }

    private string StoredText(Store store, CKind kind)
    {
        if (store.Value is not Number number || kind is CKind.Pointer or CKind.Bytes) return _expressions.Assigned(store.Value, kind);
        ulong low = Arithmetic.Extend(store.Bytes * 8, 64, false, number.Value);
        ulong wide = Arithmetic.Extend(store.Bytes * 8, 64, true, number.Value);
        return CText.Literal((long)wide is < 0 and > -4096 ? wide : low).Text;
    }

    private void Add(int indent, string text, int slot) => _lines.Add(new PseudoLine(slot, indent, text));
}
