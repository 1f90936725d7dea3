using System.Reflection;
using Skep.Linux.Files;

namespace Skep.Cli.Tests.Common;

public sealed class InputLimitTests
{
    [Fact]
    public void The_documentation_has_each_limit()
    {
        string[] rows = [.. File.ReadLines(Repository.File("docs/limits.md"))
            .Where(line => line.StartsWith("| a ", StringComparison.Ordinal) || line.StartsWith("| lines ", StringComparison.Ordinal))];
        InputLimit[] limits = [.. typeof(InputLimit).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(property => property.GetValue(null)).OfType<InputLimit>()];
        Assert.Equal(
            limits.Select(limit => $"| {limit.Kind} | {limit.Text} | {(limit.MayBePipe ? "yes" : "no")} |").Order(StringComparer.Ordinal),
            rows.Select(row => string.Join('|', row.Split('|').Take(4)) + "|").Order(StringComparer.Ordinal));
    }
}
