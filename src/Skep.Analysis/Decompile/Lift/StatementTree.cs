namespace Skep.Analysis.Decompile.Lift;

/// <summary>Walks statements and those within them.</summary>
internal static class StatementTree
{
    public static void Visit(IReadOnlyList<Statement> statements, Action<Statement> visit)
    {
        foreach (Statement statement in statements)
        {
            visit(statement);
            switch (statement)
            {
                case If choice:
                    Visit(choice.Then, visit);
                    Visit(choice.Else, visit);
                    break;
                case Loop loop:
                    Visit(loop.Body, visit);
                    break;
            }
        }
    }

    /// <summary>How deep statements are nested.</summary>
    public static int Depth(IReadOnlyList<Statement> statements)
    {
        int deepest = 0;
        foreach (Statement statement in statements)
        {
            int within = statement switch
            {
                If choice => 1 + Math.Max(Depth(choice.Then), Depth(choice.Else)),
                Loop loop => 1 + Depth(loop.Body),
                _ => 0,
            };
            deepest = Math.Max(deepest, within);
        }

        return deepest;
    }

    /// <summary>Whether nothing that follows a statement is reached from it.</summary>
    public static bool Leaves(Statement? statement) => statement switch
    {
        Return or Break or Continue or Goto or GotoAddress or Remark { EndsFunction: true } => true,
        If choice => choice.Else.Count > 0 && Leaves(choice.Then) && Leaves(choice.Else),
        _ => false,
    };

    public static bool Leaves(List<Statement> statements) => statements.Count > 0 && Leaves(statements[^1]);

    /// <summary>Whether a loop's own body continues it, at any depth but not in a loop within.</summary>
    public static bool Continues(IReadOnlyList<Statement> body) => body.Any(statement =>
        statement is Continue || (statement is If choice && (Continues(choice.Then) || Continues(choice.Else))));
}
