using System.CommandLine;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Cli.Help;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard check</c>.</summary>
internal static class GuardCheckCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = GuardFiles.Argument();
        var check = new SkepCommand("check", "Checks policy files; needs no root.", new(
            "docs/guard.md",
            new("skep guard check web.toml", "its errors, or how many rules it has"),
            new("skep guard check /etc/skep/guard.d -j", "all policies of a directory, as JSON"))
        {
            Usage = "wrong usage, or a policy has an error",
        }) { paths };
        check.PrintsAsGroup((parsed, form) =>
        {
            IReadOnlyList<PolicyFile> files = GuardFiles.Read(parsed.GetValue(paths)!);
            if (form == OutputForm.Text)
                foreach (PolicyFile file in files) FilterFile.Print(file.Diagnostics);
            StandardOutput.Write(form, json => WriteJson(json, files), text => WriteText(text, files));
            return files.Count > 0 && files.All(file => file.Policy is not null) ? ExitCode.Done : ExitCode.Usage;
        });
        return check;
    }

    private static void WriteText(TextWriter text, IReadOnlyList<PolicyFile> files)
    {
        foreach (PolicyFile file in files)
        {
            if (file.Policy is { } policy)
                text.WriteLine($"{SafeText.Escape(file.Source.Name)}: policy {policy.Name}, {Count(policy.Rules.Count)}");
        }
    }

    private static string Count(int rules) => rules == 1 ? "1 rule" : $"{rules} rules";

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<PolicyFile> files)
    {
        json.WriteStartArray();
        foreach (PolicyFile file in files)
        {
            json.WriteStartObject();
            json.WriteString("file", file.Source.Name);
            if (file.Policy is { } policy)
            {
                json.WriteString("policy", policy.Name);
                json.WriteString("default", policy.Default.Name());
                json.WriteString("fail", policy.Fail.Name());
                json.WriteNumber("rules", policy.Rules.Count);
            }

            json.WriteStartArray("diagnostics");
            foreach (Diagnostic diagnostic in file.Diagnostics) WriteJson(json, diagnostic);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteJson(Utf8JsonWriter json, Diagnostic diagnostic)
    {
        json.WriteStartObject();
        json.WriteNumber("line", diagnostic.Line);
        json.WriteNumber("column", diagnostic.Column);
        json.WriteString("severity", diagnostic.Severity == Severity.Error ? "error" : "warning");
        json.WriteString("message", diagnostic.Message);
        if (diagnostic.Suggestion is { } suggestion) json.WriteString("suggestion", suggestion);
        json.WriteEndObject();
    }
}
