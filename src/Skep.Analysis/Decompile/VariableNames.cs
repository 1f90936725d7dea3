using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Decompile;

/// <summary>Names of a function's variables, by where their values come from. No two are the same.</summary>
internal sealed class VariableNames
{
    private readonly ProgramCode _code;
    private readonly Place _place;
    private readonly TakenNames _taken;
    private readonly Dictionary<Variable, string> _names = [];
    private readonly Dictionary<string, int> _next = [];

    public VariableNames(LiftedFunction function, ProgramCode code, Place place, VariableTypes types,
        IReadOnlyList<BtfParameter> parameters, TakenNames taken)
    {
        (_code, _place, _taken) = (code, place, taken);
        for (int i = 0; i < function.Parameters.Length; i++)
        {
            string given = i < parameters.Count && parameters[i].Name.Length > 0 ? CTypeText.Identifier(parameters[i].Name)
                : function.Function.Number == 0 && i == 0 ? "ctx" : string.Create(CultureInfo.InvariantCulture, $"arg{i + 1}");
            if (function.Parameters[i] is { } parameter) _names[parameter] = Unique(given);
        }

        var sources = new Dictionary<Variable, Expression>();
        var returned = new HashSet<Variable>();
        StatementTree.Visit(function.Body, statement =>
        {
            if (statement is Return { Value: Use { Variable: var result } }) returned.Add(result);
            if (statement is Assign { Target: { } target } assign
                && (!sources.TryGetValue(target, out Expression? known) || known is Number)) sources[target] = assign.Value;
        });
        foreach (Variable variable in function.Variables)
        {
            if (_names.ContainsKey(variable)) continue;
            string? name = sources.TryGetValue(variable, out Expression? source) ? NameOf(source, variable) : null;
            _names[variable] = Unique(name ?? (types.ObjectOf(variable) is not null ? "p" : returned.Contains(variable) ? "ret" : "v"));
        }
    }

    public string this[Variable variable] => _names[variable];

    /// <summary>A name that nothing else has.</summary>
    public string Unique(string name)
    {
        if (_taken.Add(name)) return name;
        int number = _next.GetValueOrDefault(name, 2);
        string candidate;
        do candidate = string.Create(CultureInfo.InvariantCulture, $"{name}{(char.IsAsciiDigit(name[^1]) ? "_" : "")}{number++}");
        while (!_taken.Add(candidate));
        _next[name] = number;
        return candidate;
    }

    private string? NameOf(Expression source, Variable target)
    {
        switch (source)
        {
            case Call call:
                return ResultOf(call) ?? "ret";
            case Load load
                when _place.BaseOf(load.Slot, load.Offset) is { } from
                    && _place.FieldOf(from, load.Offset, load.Bytes) is { Path.Length: > 0 } field:
                string last = field.Path[(field.Path.LastIndexOf('.') + 1)..];
                int bracket = last.IndexOf('[', StringComparison.Ordinal);
                return CTypeText.Identifier(bracket < 0 ? last : last[..bracket]);
            case Load load
                when _place.BaseOf(load.Slot, load.Offset) is { Kind: ValueKind.Context }
                    && _place.Analysis.Context.FieldName(load.Offset, load.Bytes) is { } argument:
                return CTypeText.Identifier(argument);
            case Binary { Operator: BinaryOperator.ShiftRight, Right: Number { Value: 32 } } shift when NameOf(shift.Left) is { } whole:
                return whole == "pid_tgid" ? "pid" : whole == "uid_gid" ? "gid" : null;
            case Extension { From: 32 } low when NameOf(low.Value) is { } whole:
                return whole == "pid_tgid" ? "tid" : whole == "uid_gid" ? "uid" : null;
            case Binary { Operator: BinaryOperator.Add, Left: Use { Variable: var self }, Right: Number { Value: 1 } }
                when ReferenceEquals(self, target):
                return "i";
            default:
                return null;
        }
    }

    private string? NameOf(Expression value) => value switch
    {
        Use use => _names.GetValueOrDefault(use.Variable),
        Call call => ResultOf(call),
        _ => null,
    };

    private string? ResultOf(Call call) => HelperTable.Of(_code.CallAt(call.Instruction)?.Name)?.Variable;
}
