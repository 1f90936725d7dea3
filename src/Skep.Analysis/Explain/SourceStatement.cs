namespace Skep.Analysis.Explain;

/// <summary>The statement of a source line that an instruction comes from.</summary>
internal static class SourceStatement
{
    /// <summary>The line, or of a line with several statements the one at a column; null when the column does not decide.</summary>
    /// <param name="line">The line.</param>
    /// <param name="column">From 1; 0 when it is not known.</param>
    public static string? At(string line, int column)
    {
        int depth = 0, start = 0, statements = 0;
        string? found = null;
        for (int i = 0; i <= line.Length; i++)
        {
            char at = i < line.Length ? line[i] : ';';
            depth += at switch { '(' => 1, ')' => -1, _ => 0 };
            if (at != ';' || (depth > 0 && i < line.Length)) continue;
            string statement = line[start..i];
            if (statement.AsSpan().Trim(" \t}").Length > 0)
            {
                statements++;
                if (column > start && column <= i + 1) found = statement;
            }

            start = i + 1;
        }

        return statements > 1 ? found : line;
    }
}
