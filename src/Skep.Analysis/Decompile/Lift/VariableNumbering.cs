namespace Skep.Analysis.Decompile.Lift;

/// <summary>Numbers the variables that a body still uses, and finds the targets of its gotos.</summary>
internal static class VariableNumbering
{
    public static List<Variable> Number(List<Statement> body, out HashSet<int> targets)
    {
        var variables = new List<Variable>();
        var seen = new HashSet<Variable>();
        var found = new HashSet<int>();
        StatementTree.Visit(body, statement =>
        {
            switch (statement)
            {
                case SimpleStatement simple:
                    foreach (Expression value in simple.Values) Read(value);
                    if (simple.Target is { } target) Add(target);
                    break;
                case If choice:
                    Read(choice.Condition);
                    break;
                case Loop { Condition: { } condition }:
                    Read(condition);
                    break;
                case Goto jump:
                    found.Add(jump.Target);
                    break;
            }
        });
        targets = found;
        return variables;

        void Read(Expression value)
        {
            if (value is Use use) Add(use.Variable);
            foreach (Expression part in value.Parts) Read(part);
        }

        void Add(Variable variable)
        {
            if (!seen.Add(variable)) return;
            variable.Number = variables.Count;
            variables.Add(variable);
        }
    }
}
